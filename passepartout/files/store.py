"""The object store of this installation."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from engines.objects import ObjectStore
from engines.objects.folder import FolderStore
from engines.objects.s3_place import S3Place, bucket_and_prefix

KINDS = ("folder", "s3")


def object_store() -> ObjectStore:
    return store_of("s3" if settings.OBJECTS_URL else "folder")


def store_of(kind: str) -> ObjectStore:
    """The settings' folder or bucket, whichever of them is in use. Raises ValueError without OBJECTS_URL."""
    return _bucket(_place()) if kind == "s3" else _folder(Path(settings.OBJECTS_DIR))


def _place() -> S3Place:
    bucket, prefix = bucket_and_prefix(settings.OBJECTS_URL)
    return S3Place(
        bucket=bucket,
        prefix=prefix,
        endpoint=settings.S3_ENDPOINT_URL,
        region=settings.S3_REGION,
        access_key=settings.S3_ACCESS_KEY,
        secret_key=settings.S3_SECRET_KEY,
        addressing=settings.S3_ADDRESSING,
    )


@lru_cache(maxsize=8)
def _folder(root: Path) -> FolderStore:
    return FolderStore(root)


@lru_cache(maxsize=8)
def _bucket(place: S3Place) -> ObjectStore:
    from engines.objects.s3 import S3Store  # some 20 MB and 0.2 s that a folder's installation need not spend

    return S3Store(place)
