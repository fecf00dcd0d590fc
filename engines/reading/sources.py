"""What a reader opens: a file, or the bytes of an attachment that has no file of its own."""

import io
from typing import BinaryIO

from engines.reading import Source
from engines.reading.errors import FileUnreadable


def opened(source: Source) -> BinaryIO:
    """The bytes, from the start. Raises FileUnreadable."""
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        return source.open("rb")
    except OSError as error:
        raise FileUnreadable(error.strerror or "") from error


def size_of(source: Source) -> int:
    """Bytes. Raises FileUnreadable."""
    if isinstance(source, bytes):
        return len(source)
    try:
        return source.stat().st_size
    except OSError as error:
        raise FileUnreadable(error.strerror or "") from error


def whole(source: Source) -> bytes:
    """All the bytes. Raises FileUnreadable."""
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError as error:
        raise FileUnreadable(error.strerror or "") from error


def head(source: Source, size: int) -> bytes:
    """The first `size` bytes. Raises FileUnreadable."""
    with opened(source) as file:
        return file.read(size)
