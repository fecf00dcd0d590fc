"""A bucket under bad weather: refused, full, away, cut, and writers that died. What works is in tests/contracts."""

import io
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
from moto.s3 import models
from moto.server import ThreadedMotoServer

from engines.objects import ObjectMissing, StorageDenied, StorageFull, StorageUnavailable
from engines.objects.s3 import S3Store
from engines.objects.s3_place import S3Place, bucket_and_prefix

from .scripted_s3 import Answer, Script, refusal, serving

KEY = "documents/" + "a" * 32
PLACE = S3Place(bucket="papers", access_key="key", secret_key="very secret", connect_seconds=1, read_seconds=1)
PART = 10_000


def store_at(script: Script) -> S3Store:
    return S3Store(replace(PLACE, endpoint=script.url, attempts=2), part_bytes=PART)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    vars(models)["S3_UPLOAD_PART_MIN_SIZE"] = PART
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def store(address: str, request: pytest.FixtureRequest) -> S3Store:
    bucket = f"bucket-{abs(hash(request.node.name))}"
    made = S3Store(replace(PLACE, bucket=bucket, endpoint=address, prefix="our/own"), part_bytes=PART)
    made.client.create_bucket(Bucket=bucket)
    return made


def names_in(store: S3Store) -> list[str]:
    answer = store.client.list_objects_v2(Bucket=store._bucket)
    return [row["Key"] for row in answer.get("Contents", [])]


def uploads_in(store: S3Store) -> list[str]:
    return [row["Key"] for row in store.client.list_multipart_uploads(Bucket=store._bucket).get("Uploads", [])]


@contextmanager
def failing(operation: str) -> Iterator[None]:
    """The server breaks down in one operation; all others work."""

    def broken(*arguments: object, **named: object) -> None:
        raise OSError("the server's own disk")

    before = getattr(models.S3Backend, operation)
    setattr(models.S3Backend, operation, broken)
    try:
        yield
    finally:
        setattr(models.S3Backend, operation, before)


# Refused, full, away


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(403, "AccessDenied"), StorageDenied),
        (refusal(403, "SignatureDoesNotMatch"), StorageDenied),
        (refusal(403, "InvalidAccessKeyId"), StorageDenied),
        (refusal(401, "Unauthorized"), StorageDenied),
        (refusal(403, "QuotaExceeded"), StorageFull),
        (refusal(403, "AccessDenied", "Maximum size quota is reached for this bucket"), StorageFull),
        (refusal(507, "XMinioStorageFull"), StorageFull),
        (refusal(507, "Whatever"), StorageFull),
        (refusal(404, "NoSuchBucket"), StorageUnavailable),
        (refusal(500, "InternalError"), StorageUnavailable),
        (refusal(503, "SlowDown"), StorageUnavailable),
        (Answer(500, b"<html>not S3 at all"), StorageUnavailable),
        (Answer(200, b"x", promised=-1), StorageUnavailable),
    ],
)
def test_what_the_store_says_no_with_is_said_in_our_words(answer: Answer, kind: type[Exception]) -> None:
    with serving(answer) as script:
        store = store_at(script)
        with pytest.raises(kind) as caught:
            store.put(io.BytesIO(b"x" * 3 * PART), KEY)
        assert type(caught.value) is kind
        assert not caught.value.permanent  # type: ignore[attr-defined]


def test_no_error_tells_the_secret_key() -> None:
    with serving(refusal(403, "InvalidAccessKeyId", "very secret")) as script, pytest.raises(StorageDenied) as caught:
        store_at(script).check()
    assert "very secret" not in f"{caught.value} {PLACE}"


def test_a_server_that_is_not_there_is_found_out_in_bounded_time() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(StorageUnavailable):
        S3Store(replace(PLACE, endpoint=f"http://127.0.0.1:{port}", attempts=2)).exists(KEY)
    assert time.monotonic() - started < 5


def test_a_server_that_hangs_is_left_in_bounded_time() -> None:
    with serving(Answer(wait=threading.Event())) as script:
        started = time.monotonic()
        with pytest.raises(StorageUnavailable):
            store_at(script).size(KEY)
        assert time.monotonic() - started < 8


def test_a_server_that_stumbles_once_is_asked_again() -> None:
    with serving(refusal(503, "SlowDown"), Answer(headers={"ETag": '"1"'})) as script:
        assert store_at(script).put(io.BytesIO(b"x"), KEY) == 1
        assert len(script.asked) == 2


def test_a_bucket_that_vanished_is_not_an_object_that_is_missing() -> None:
    with serving(Answer(404)) as script:
        for use in (store_at(script).size, store_at(script).exists):
            with pytest.raises(StorageUnavailable):
                use(KEY)


# Cut while reading

WHOLE = b"0123456789"
FIRST_HALF = Answer(body=WHOLE[:4], headers={"ETag": '"1"'}, promised=len(WHOLE))


def assert_unreadable(file: BinaryIO) -> None:
    with pytest.raises(StorageUnavailable):
        file.read()


def test_a_cut_answer_is_continued_where_it_stopped() -> None:
    rest = Answer(206, WHOLE[4:], {"ETag": '"1"'})
    with serving(FIRST_HALF, rest) as script, store_at(script).open(KEY) as file:
        assert file.read() == WHOLE
        assert [asked[2] for asked in script.asked] == ["", "bytes=4-"]


def test_an_object_replaced_after_the_cut_is_not_continued_with_the_others_bytes() -> None:
    replaced = refusal(412, "PreconditionFailed")
    with serving(FIRST_HALF, replaced) as script, store_at(script).open(KEY) as file:
        assert_unreadable(file)


def test_a_store_that_always_cuts_is_given_up() -> None:
    with serving(FIRST_HALF) as script, store_at(script).open(KEY) as file:
        assert_unreadable(file)
        assert len(script.asked) < 6


# No orphans


def write_large(store: S3Store) -> None:
    with store.create() as draft:
        draft.write(b"x" * 3 * PART)
        draft.commit(KEY)


@pytest.mark.parametrize("operation", ["upload_part", "copy_object"])
def test_an_upload_that_fails_half_way_leaves_nothing(store: S3Store, operation: str) -> None:
    with failing(operation), pytest.raises(StorageUnavailable):
        write_large(store)
    assert (names_in(store), uploads_in(store)) == ([], [])


def test_a_draft_that_is_left_without_a_commit_leaves_nothing(store: S3Store) -> None:
    with store.create() as draft:
        draft.write(b"x" * 3 * PART)
        assert len(uploads_in(store)) == 1
    assert (names_in(store), uploads_in(store)) == ([], [])


def test_a_small_object_is_one_request_and_was_never_a_draft(store: S3Store) -> None:
    with store.create() as draft:
        draft.write(b"small")
        assert names_in(store) == uploads_in(store) == []
        draft.commit(KEY)
    assert names_in(store) == [f"our/own/objects/{KEY}"]


def test_a_writer_killed_half_way_leaves_an_upload_for_the_sweep_and_no_object(store: S3Store, address: str) -> None:
    program = (
        "import os, sys; from engines.objects.s3 import S3Store; from engines.objects.s3_place import S3Place;"
        "place = S3Place(sys.argv[1], 'key', 'secret', prefix='our/own', endpoint=sys.argv[2]);"
        f"draft = S3Store(place, part_bytes={PART}).create(); draft.write(b'x' * {3 * PART}); os.kill(os.getpid(), 9)"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", program, store._bucket, address], cwd=root, check=False)
    assert done.returncode == -9
    assert (names_in(store), len(uploads_in(store))) == ([], 1)
    assert store.sweep(timedelta(hours=1)) == 1, "moto dates every upload in 2010"
    assert uploads_in(store) == []


def test_the_sweep_leaves_a_young_upload_alone() -> None:
    listed = "<ListMultipartUploadsResult><Upload><Key>drafts/x</Key><UploadId>1</UploadId><Initiated>{}</Initiated>"
    now = datetime.now(UTC).isoformat()
    xml = listed.format(now) + "</Upload></ListMultipartUploadsResult>"
    with serving(Answer(body=xml.encode()), Answer(body=b"<ListBucketResult/>")) as script:
        assert store_at(script).sweep(timedelta(hours=1)) == 0
        assert [asked[0] for asked in script.asked] == ["GET", "GET"]


def test_the_sweep_takes_unnamed_drafts_and_leaves_objects_and_strangers(store: S3Store) -> None:
    store.put(io.BytesIO(b"kept"), KEY)
    for name in ("our/own/drafts/left", "drafts/of-another-prefix"):
        store.client.put_object(Bucket=store._bucket, Key=name, Body=b"x")
    assert store.sweep(timedelta(hours=1)) == 0
    assert store.sweep(timedelta(0)) == 1
    assert names_in(store) == ["drafts/of-another-prefix", f"our/own/objects/{KEY}"]


def test_two_prefixes_of_one_bucket_know_nothing_of_each_other(store: S3Store, address: str) -> None:
    store.put(io.BytesIO(b"ours"), KEY)
    other = S3Store(replace(PLACE, bucket=store._bucket, endpoint=address, prefix="other"))
    with pytest.raises(ObjectMissing):
        other.open(KEY)
    assert other.delete(KEY) is False
    assert store.exists(KEY)


def test_the_copy_for_a_reader_is_private_and_gone_afterwards(store: S3Store) -> None:
    store.put(io.BytesIO(b"x" * 3 * PART), KEY)
    with store.local_path(KEY) as path:
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.stat().st_size == 3 * PART
    assert not path.exists()


def test_a_large_draft_holds_no_more_than_a_part_in_memory(store: S3Store) -> None:
    with store.create() as draft:
        for _ in range(30):
            draft.write(os.urandom(PART // 2 + 1))
            assert len(draft._waiting) < PART  # type: ignore[attr-defined]
        assert draft.commit(KEY) == 30 * (PART // 2 + 1)
    assert store.size(KEY) == 30 * (PART // 2 + 1)


@pytest.mark.parametrize("url", ["", "bucket", "http://host/bucket", "s3://", "s3:///prefix", "s3://k:s@b", "s3://b?x"])
def test_an_address_that_names_no_bucket_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="s3://bucket"):
        bucket_and_prefix(url)


def test_an_address_names_bucket_and_prefix() -> None:
    assert bucket_and_prefix("s3://papers") == ("papers", "")
    assert bucket_and_prefix("s3://papers/of/ours/") == ("papers", "of/ours")
