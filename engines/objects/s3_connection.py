"""How a bucket is reached: a client with bounded waits, and the S3 errors in our terms."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final

import boto3.session
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from engines.objects import StorageDenied, StorageFull, StorageUnavailable
from engines.objects.s3_place import S3Place

PAST_THE_END: Final = ("InvalidRange", "416")
MISSING: Final = ("NoSuchKey", "NotFound", "404")
NO_UPLOAD: Final = ("NoSuchUpload", "404")
_FULL: Final = frozenset(
    {"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage"}
)
_DENIED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


def connect(place: S3Place) -> Any:
    """A client. Every wait is bounded: at most ``attempts`` times (``connect_seconds`` + ``read_seconds``)."""
    session = boto3.session.Session(
        aws_access_key_id=place.access_key, aws_secret_access_key=place.secret_key, region_name=place.region
    )
    return session.client(
        "s3",
        endpoint_url=place.endpoint or None,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": place.addressing},
            connect_timeout=place.connect_seconds,
            read_timeout=place.read_seconds,
            retries={"total_max_attempts": place.attempts, "mode": "standard"},
            max_pool_connections=32,
            # By default botocore sends and wants checksums that several S3 servers do not know yet.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def content_md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def typed_errors(*passing: str) -> Iterator[None]:
    """Raises StorageFull, StorageDenied, StorageUnavailable; lets a ClientError with one of these codes pass."""
    try:
        yield
    except ClientError as error:
        if error_code(error) in passing:
            raise
        raise _kind(error)(f"{error_code(error)} ({error.operation_name})") from error
    except (BotoCoreError, Boto3Error, HTTPError) as error:
        raise StorageUnavailable(type(error).__name__) from error


def _kind(error: ClientError) -> type[StorageUnavailable | StorageFull]:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    sentence = str(error.response.get("Error", {}).get("Message", "")).lower()
    # Garage refuses what passes a quota as forbidden, and says so in the sentence only.
    if error_code(error) in _FULL or status == HTTPStatus.INSUFFICIENT_STORAGE or "quota" in sentence:
        return StorageFull
    return StorageDenied if status in _DENIED else StorageUnavailable
