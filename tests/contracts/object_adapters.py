"""The adapters that `test_objects.py` is run against. Another one is one more line in ADAPTERS.

`s3` speaks to moto's server, which knows no permissions and no quota; `s3-real` to a bucket of yours:
`S3_TEST_URL=http://key:secret@host:port/bucket`, under a prefix that is emptied afterwards.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from moto.s3 import models
from moto.server import ThreadedMotoServer

from engines.objects import ObjectStore
from engines.objects.folder import FolderStore
from engines.objects.s3 import S3Store
from engines.objects.s3_place import S3Place

Opener = Callable[[Path], AbstractContextManager[ObjectStore]]
SMALL_PARTS = 10_000  # so that the contract's 30 kB objects are multipart uploads


@contextmanager
def _folder(scratch: Path) -> Iterator[ObjectStore]:
    yield FolderStore(scratch / "store")


@lru_cache(maxsize=1)
def moto_address() -> str:
    """One server for the test process, on a free port of the loopback interface."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    vars(models)["S3_UPLOAD_PART_MIN_SIZE"] = SMALL_PARTS
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    return f"http://{host}:{port}"


def moto_place() -> S3Place:
    """A new, empty bucket."""
    place = S3Place(bucket=f"test-{uuid4().hex}", access_key="key", secret_key="secret", endpoint=moto_address())
    S3Store(place).client.create_bucket(Bucket=place.bucket)
    return place


@contextmanager
def _s3(scratch: Path) -> Iterator[ObjectStore]:
    yield S3Store(moto_place(), part_bytes=SMALL_PARTS)


@contextmanager
def _real_s3(scratch: Path) -> Iterator[ObjectStore]:
    url = urlsplit(os.environ["S3_TEST_URL"])
    place = S3Place(
        bucket=url.path.strip("/"),
        access_key=unquote(url.username or ""),
        secret_key=unquote(url.password or ""),
        prefix=f"test/{uuid4().hex}",
        endpoint=f"{url.scheme}://{url.hostname}:{url.port}" if url.port else f"{url.scheme}://{url.hostname}",
        region=os.environ.get("S3_TEST_REGION", "us-east-1"),
    )
    store = S3Store(place)
    yield store
    for page in store.client.get_paginator("list_objects_v2").paginate(Bucket=place.bucket, Prefix=place.prefix):
        for row in page.get("Contents", []):
            store.client.delete_object(Bucket=place.bucket, Key=row["Key"])


ADAPTERS: dict[str, Opener] = {"folder": _folder, "s3": _s3}
if os.environ.get("S3_TEST_URL"):
    ADAPTERS["s3-real"] = _real_s3
