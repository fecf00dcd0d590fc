"""Which bucket. Apart from the client, which a folder's installation need not load."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

ADDRESSING: Final = ("path", "virtual")


@dataclass(frozen=True)
class S3Place:
    """A bucket, and under which prefix of it (no slash around it) our objects are.

    ``endpoint``: "" for Amazon's own. ``addressing``: `path` (host/bucket, what small servers know) or `virtual`
    (bucket.host). Seconds: for one connection, and for one answer without a byte.
    """

    bucket: str
    access_key: str
    secret_key: str = field(repr=False)
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    addressing: str = "path"
    connect_seconds: float = 3
    read_seconds: float = 20
    attempts: int = 3


def bucket_and_prefix(url: str) -> tuple[str, str]:
    """Of `s3://bucket/prefix`. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("an S3 address looks like s3://bucket or s3://bucket/prefix")
    return parts.netloc, parts.path.strip("/")
