"""A picture file without what it says about its maker, its moment and its place: the same pixels, byte for byte.

Nothing is decoded and nothing encoded again: the parts of the file that hold metadata are left out (JPEG segments, PNG
and WebP chunks) or blanked (TIFF tags). Of EXIF only the orientation survives, without which a photograph lies down.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Final

from engines.reading import Limits, Source
from engines.reading.errors import FileCorrupt, ReadLimit
from engines.reading.sniff import HEAD_BYTES, picture_mime
from engines.reading.sources import size_of, whole

_ORIENTATION: Final = 0x0112
_UPRIGHT: Final = 1
_MOST_DIRECTORIES: Final = 4_000
_MOST_ENTRIES: Final = 4_096

# JPEG: APP1 is EXIF and XMP, APP13 is IPTC, APP3 to APP12 and APP15 are makers' own, COM a comment. Kept: APP0 (JFIF),
# APP2 (colour profile, but not the other pictures of MPF), APP14 (Adobe's colour transform).
_JPEG_KEPT: Final = frozenset({0xE0, 0xE2, 0xEE})
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_JPEG_DROPPED: Final = frozenset(range(0xE0, 0xF0)) - _JPEG_KEPT | {0xFE}
_PNG_DROPPED: Final = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_WEBP_DROPPED: Final = frozenset({b"EXIF", b"XMP "})
_WEBP_FLAGS: Final = 0x0C  # "has EXIF" and "has XMP" in VP8X
# TIFF: description, maker, model, software, moment, artist, host, XMP, copyright, IPTC, Photoshop, EXIF, GPS, owner…
_TIFF_DROPPED: Final = frozenset(
    {270, 271, 272, 285, 305, 306, 315, 316, 700, 33432, 33723, 34377, 34665, 34853, 37510, 40965, 42032, 42033}
)
_TIFF_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TIFF_DIRECTORIES: Final = frozenset({34665, 34853, 40965})
_INLINE: Final = 4


def without_metadata(source: Source, limits: Limits) -> bytes:
    """The file as it may be served. Raises TypeMismatch for what is no picture, FileCorrupt, ReadLimit."""
    if size_of(source) > limits.max_answer_bytes:
        raise ReadLimit(f"{size_of(source)} bytes")
    content = whole(source)
    strip = _STRIPPERS[picture_mime(content[:HEAD_BYTES])]
    try:
        return strip(content)
    except (struct.error, IndexError) as error:
        raise FileCorrupt(type(error).__name__) from error


def _jpeg(content: bytes) -> bytes:
    pieces = [content[:2]]
    turned = _UPRIGHT
    for marker, start, end in _segments(content):
        segment = content[start:end]
        if marker == 0xE1 and segment[4:10] == b"Exif\0\0":  # noqa: PLR2004 - APP1
            turned = _orientation(segment[10:])
        if marker == _START_OF_SCAN:
            pieces += [_exif_of(turned)] if turned != _UPRIGHT else []
            return b"".join([*pieces, _first_picture(content[start:])])
        if marker not in _JPEG_DROPPED and segment[4:8] != b"MPF\0":
            pieces.append(segment)
    raise FileCorrupt("no picture in it")


def _segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of the segments up to the first scan, included."""
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:  # noqa: PLR2004 - every marker begins so
            raise FileCorrupt("no marker where one must be")
        marker = content[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - a fill byte
            at += 1
            continue
        end = at + 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
        yield marker, at, end
        at = end


def _first_picture(scans: bytes) -> bytes:
    """From the first scan to the end of this picture: what phones add behind (videos, depth, thumbnails) goes."""
    at = 0
    while (found := scans.find(b"\xff", at)) >= 0 and found + 1 < len(scans):
        marker = scans[found + 1]
        if marker == _END_OF_IMAGE:
            return scans[: found + 2]
        entropy = marker in {0x00, 0xFF} or 0xD0 <= marker <= 0xD7  # noqa: PLR2004 - stuffing, fill, restarts
        skip = 0 if entropy or found + 4 > len(scans) else struct.unpack(">H", scans[found + 2 : found + 4])[0]
        at = found + (1 if marker == 0xFF else 2) + skip  # noqa: PLR2004
    return scans


def _orientation(tiff: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return _UPRIGHT
    try:
        start = struct.unpack(order + "I", tiff[4:8])[0]
        for number in range(min(struct.unpack(order + "H", tiff[start : start + 2])[0], _MOST_ENTRIES)):
            tag, _, _, value = struct.unpack(order + "HHIH2x", tiff[start + 2 + 12 * number : start + 14 + 12 * number])
            if tag == _ORIENTATION:
                return int(value) if 1 <= value <= 8 else _UPRIGHT  # noqa: PLR2004 - as EXIF counts them
    except struct.error:
        return _UPRIGHT
    return _UPRIGHT


def _exif_of(orientation: int) -> bytes:
    body = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _png(content: bytes) -> bytes:
    pieces, at, ended = [content[:8]], 8, False
    while not ended and at + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        end = at + 12 + length
        if kind not in _PNG_DROPPED:
            pieces.append(content[at:end])
        ended, at = kind == b"IEND", end
    return b"".join(pieces)


def _webp(content: bytes) -> bytes:
    pieces, at = [], 12
    while at + 8 <= len(content):
        kind, length = struct.unpack("<4sI", content[at : at + 8])
        end = at + 8 + length + length % 2
        piece = content[at:end]
        if kind == b"VP8X" and len(piece) > 8:  # noqa: PLR2004 - its flags
            piece = piece[:8] + bytes([piece[8] & ~_WEBP_FLAGS]) + piece[9:]
        if kind not in _WEBP_DROPPED:
            pieces.append(piece)
        at = end
    body = b"".join(pieces)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _tiff(content: bytes) -> bytes:
    blanked = bytearray(content)
    order = "<" if content[:2] == b"II" else ">"
    todo = [(struct.unpack(order + "I", content[4:8])[0], False)]
    seen: set[int] = set()
    while todo:
        at, private = todo.pop()
        if at in seen or not 0 < at < len(content) - 2:
            continue
        seen.add(at)
        if len(seen) > _MOST_DIRECTORIES:
            raise ReadLimit(f"more than {_MOST_DIRECTORIES} directories")
        todo += _blank(blanked, content, at, order, private=private)
    return bytes(blanked)


def _blank(blanked: bytearray, content: bytes, at: int, order: str, *, private: bool) -> list[tuple[int, bool]]:
    """Blank the entries of a directory that tell, all of a private one; returns the directories it leads to."""
    count = min(struct.unpack(order + "H", content[at : at + 2])[0], _MOST_ENTRIES)
    kept, leads = [], []
    for number in range(count):
        entry = content[at + 2 + 12 * number : at + 14 + 12 * number]
        tag, kind, length, value = struct.unpack(order + "HHII", entry)
        if private or tag in _TIFF_DROPPED:
            leads += [(value, True)] * (tag in _TIFF_DIRECTORIES)
            size = _TIFF_SIZES.get(kind, 1) * length
            if size > _INLINE and value < len(content):
                end = min(value + size, len(content))
                blanked[value:end] = bytes(end - value)
        else:
            kept.append(entry)
    end = at + 2 + 12 * count
    following = content[end : end + 4]
    if not private and len(following) == 4:  # noqa: PLR2004 - the offset of the next directory
        leads.append((struct.unpack(order + "I", following)[0], False))
    shorter = struct.pack(order + "H", len(kept)) + b"".join(kept) + (b"" if private else following)
    room = min(end + 4, len(content)) - at
    blanked[at : at + room] = shorter[:room].ljust(room, b"\0")
    return leads


_STRIPPERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/tiff": _tiff,
}
