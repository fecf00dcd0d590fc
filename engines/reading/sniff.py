"""Which format a file is, from its first bytes and its name, which must agree. Cheap enough for the upload request.

Another format is one more `Kind` here and its `Reader`; the module named by `reader` is imported in the child only.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from engines.reading.errors import EmptyFile, TypeMismatch, TypeUnsupported

HEAD_BYTES: Final = 8_192
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TAG: Final = re.compile(rb"<[!a-zA-Z][^<>]*>")
_HEADER: Final = re.compile(rb"(?:From [^\n]*\n)?[!-9;-~]{1,80}:[^\n]*(?:\n|\Z)")

_UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32_MARKS: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_NOT_TEXT_STARTS: Final = (
    b"%PDF-",
    b"%!PS",
    b"{\\rtf",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"II*\x00",
    b"MM\x00*",
    b"RIFF",
)
_BINARY_BYTES: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_UNDEFINED_IN_CP1252: Final = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True, slots=True)
class Kind:
    """A format: its mime type, the extensions it goes by, the reader ("module:Class"), and how its bytes begin.

    `drawn`: its pages can be rendered as pictures. `by_name`: the first bytes alone do not tell it from others.
    """

    name: str
    mime: str
    extensions: frozenset[str]
    reader: str
    matches: Callable[[bytes], bool]
    drawn: bool = False
    by_name: bool = False


def sniff(head: bytes, filename: str) -> Kind:
    """The kind of a file; `head` is its first HEAD_BYTES bytes (or all of it).

    Raises EmptyFile; TypeUnsupported for a format nobody reads; TypeMismatch when bytes and extension disagree.
    A name without extension is judged by its bytes alone.
    """
    if not head:
        raise EmptyFile
    extension = PurePosixPath(filename.strip().replace("\\", "/")).suffix.lower()
    if not extension:
        return _by_content(head)
    for kind in KINDS:
        if extension in kind.extensions:
            if kind.matches(head):
                return kind
            raise TypeMismatch(f"not the bytes of a {kind.name} file")
    raise TypeUnsupported(f"no reader for {extension[:20]!r}")


def decode_text(content: bytes, *, final: bool) -> tuple[str, str] | None:
    """The text and its encoding: UTF-8, UTF-16 with a byte order mark, or Windows-1252; None for binary.

    With `final=False` a character cut at the end is left out.
    """
    if content.startswith(_UTF32_MARKS):
        return None
    if content.startswith(_UTF16_MARKS):
        return _decoded(content, "utf-16", final=final)
    if _BINARY_BYTES.search(content):
        return None
    if (decoded := _decoded(content, "utf-8-sig", final=final)) is not None:
        return decoded
    return None if _UNDEFINED_IN_CP1252.search(content) else (content.decode("cp1252"), "cp1252")


def _decoded(content: bytes, encoding: str, *, final: bool) -> tuple[str, str] | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(content, final), encoding
    except UnicodeDecodeError:
        return None


def is_pdf(head: bytes) -> bool:
    """Whether these first bytes begin a PDF."""
    return head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"%PDF-")


def _is_png(head: bytes) -> bool:
    return head.startswith(b"\x89PNG\r\n\x1a\n")


def _is_jpeg(head: bytes) -> bool:
    return head.startswith(b"\xff\xd8\xff")


def _is_tiff(head: bytes) -> bool:
    return head.startswith((b"II*\x00", b"MM\x00*"))


def _is_webp(head: bytes) -> bool:
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


def _is_text(head: bytes) -> bool:
    if head.startswith(_NOT_TEXT_STARTS) or is_pdf(head):
        return False
    decoded = decode_text(head, final=False)
    return decoded is not None and "\0" not in decoded[0]


def _is_office(head: bytes) -> bool:
    """A zip, or the older container that holds an encrypted one."""
    return head.startswith((b"PK\x03\x04", OLE))


def _is_page(head: bytes) -> bool:
    return _is_text(head) and _TAG.search(head.replace(b"\0", b"")) is not None


def _is_message(head: bytes) -> bool:
    return not head.startswith(_NOT_TEXT_STARTS) and _HEADER.match(head.lstrip(b"\r\n")) is not None


def is_picture(head: bytes) -> bool:
    """Whether these first bytes begin a picture file of a known kind."""
    return any(kind.matches(head) for kind in _PICTURES)


def picture_mime(head: bytes) -> str:
    """The mime type of a picture file. Raises TypeMismatch for anything else."""
    for kind in _PICTURES:
        if kind.matches(head):
            return kind.mime
    raise TypeMismatch("not a picture")


def _by_content(head: bytes) -> Kind:
    for kind in KINDS:
        if not kind.by_name and kind.matches(head):
            return kind
    raise TypeUnsupported("neither a known extension nor known bytes")


_PICTURE_READER: Final = "engines.reading.pictures:PictureReader"
_PICTURES: Final = (
    Kind("PNG", "image/png", frozenset({".png"}), _PICTURE_READER, _is_png, drawn=True),
    Kind("JPEG", "image/jpeg", frozenset({".jpg", ".jpeg"}), _PICTURE_READER, _is_jpeg, drawn=True),
    Kind("TIFF", "image/tiff", frozenset({".tif", ".tiff"}), _PICTURE_READER, _is_tiff, drawn=True),
    Kind("WebP", "image/webp", frozenset({".webp"}), _PICTURE_READER, _is_webp, drawn=True),
)


def _office(name: str, mime: str, extension: str, reader: str) -> Kind:
    mime = f"application/vnd.openxmlformats-officedocument.{mime}"
    return Kind(name, mime, frozenset({extension}), f"engines.reading.{reader}", _is_office, by_name=True)


KINDS: Final = (
    Kind("pdf", "application/pdf", frozenset({".pdf"}), "engines.reading.pdf:PdfReader", is_pdf, drawn=True),
    *_PICTURES,
    Kind("text", "text/plain", frozenset({".txt", ".text"}), "engines.reading.plain:TextReader", _is_text),
    Kind(
        "markdown", "text/markdown", frozenset({".md", ".markdown"}), "engines.reading.plain:MarkdownReader", _is_text
    ),
    _office("DOCX", "wordprocessingml.document", ".docx", "word:WordReader"),
    _office("XLSX", "spreadsheetml.sheet", ".xlsx", "sheets:SheetReader"),
    _office("PPTX", "presentationml.presentation", ".pptx", "slides:SlideReader"),
    Kind("HTML", "text/html", frozenset({".html", ".htm"}), "engines.reading.web:WebReader", _is_page, by_name=True),
    Kind("CSV", "text/csv", frozenset({".csv", ".tsv"}), "engines.reading.delimited:CsvReader", _is_text, by_name=True),
    Kind(
        "message", "message/rfc822", frozenset({".eml"}), "engines.reading.mail:MailReader", _is_message, by_name=True
    ),
)

# What `engines.reading.sandbox.render` draws.
DRAWN: Final = frozenset(kind.mime for kind in KINDS if kind.drawn)
