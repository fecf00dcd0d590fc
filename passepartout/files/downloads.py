"""Signed, expiring downloads: a link that works without a header for five minutes, for one user and one file."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, BinaryIO
from urllib.parse import quote
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core import signing
from django.http import StreamingHttpResponse

from passepartout.kernel.errors import Forbidden

SALT = "download"
MAX_AGE = 300
PIECE = 256 * 1024
INLINE = frozenset({"application/pdf"})  # everything else is saved, never rendered in our origin


def sign(*, organization: UUID, user: UUID, target: UUID) -> str:
    """A token for one user to fetch one file of one organization."""
    return signing.dumps([str(organization), str(user), str(target)], salt=SALT, compress=True)


def read(token: str, *, target: UUID) -> tuple[UUID, UUID]:
    """(organization, user) of a token for ``target``. Raises Forbidden when forged, expired or for another file."""
    try:
        organization, user, signed_target = signing.loads(token, salt=SALT, max_age=MAX_AGE)
    except signing.SignatureExpired:
        raise Forbidden("This link has expired; ask for another.", code="link_expired") from None
    except signing.BadSignature:
        raise Forbidden("This link is not valid.", code="link_invalid") from None
    if signed_target != str(target):
        raise Forbidden("This link is not valid.", code="link_invalid")
    return UUID(organization), UUID(user)


class FileAnswer(StreamingHttpResponse):
    """A stored file, in pieces, from a thread under ASGI."""

    def __init__(self, source: BinaryIO, *, filename: str, mime: str, size: int) -> None:
        self._source = source
        kind = "inline" if mime in INLINE else "attachment"
        super().__init__(
            _pieces(source),
            content_type=mime,
            headers={
                "Content-Length": str(size),
                "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(filename, safe='')}",
                "Cache-Control": "private, no-store",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )
        self._resource_closers.append(source.close)  # type: ignore[attr-defined]

    async def __aiter__(self) -> AsyncIterator[Any]:
        read_piece = sync_to_async(self._source.read)
        while piece := await read_piece(PIECE):
            yield piece


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece
