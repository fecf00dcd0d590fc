"""What is asked of an office file (OOXML, a zip of XML) before anything of it is unpacked."""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lxml import etree

from engines.reading import Limits, Source
from engines.reading.errors import FileCorrupt, PageMissing, PasswordProtected, ReadingError, ReadLimit, TypeMismatch
from engines.reading.sniff import OLE
from engines.reading.sources import head, opened, whole

MOST_MEMBERS: Final = 1_000
HIGHEST_RATIO: Final = 100
_SMALL_BYTES: Final = 1_000_000  # a small member may well be all zeros
_LARGEST_BYTES: Final = 600_000_000
_ENCRYPTED_FLAG: Final = 0x1
_ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_PROLOGUE_BYTES: Final = 1 << 16
_XML: Final = (".xml", ".rels")


@contextmanager
def package(source: Source, main_part: str) -> Iterator[zipfile.ZipFile]:
    """An office file that was looked at: its sizes as declared, no entity, the part that makes it what it says.

    Python's zipfile never unpacks more than a member declares. Raises PasswordProtected, TypeMismatch, FileCorrupt,
    ReadLimit, FileUnreadable; whatever the body raises about a broken zip is FileCorrupt.
    """
    if head(source, len(OLE)) == OLE:
        raise PasswordProtected if _ENCRYPTED_PACKAGE in whole(source) else TypeMismatch("an older Office format")
    try:
        with opened(source) as file, zipfile.ZipFile(file) as archive:
            _check(archive, main_part)
            yield archive
    except ReadingError:
        raise
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, KeyError, EOFError, OSError) as error:
        raise FileCorrupt(type(error).__name__) from error


def member(source: Source, name: str, limits: Limits) -> bytes:
    """One part of an office file. Raises PageMissing, ReadLimit, FileCorrupt, PasswordProtected, FileUnreadable."""
    try:
        with opened(source) as file, zipfile.ZipFile(file) as archive:
            check_limits(archive)
            if archive.getinfo(name).file_size > limits.max_answer_bytes:
                raise ReadLimit(f"a part of {archive.getinfo(name).file_size} bytes")
            return archive.read(name)
    except KeyError as error:
        raise PageMissing(name) from error
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, zlib.error) as error:
        raise FileCorrupt(type(error).__name__) from error


def related(archive: zipfile.ZipFile, part: str, kind: str) -> list[str]:
    """The names of the parts inside the package that `part` names as its "image", "drawing"…, in order.

    Raises FileCorrupt.
    """
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels"
    if rels not in archive.namelist():
        return []
    try:
        root = etree.fromstring(archive.read(rels), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise FileCorrupt(type(error).__name__) from error
    inside = [
        each for each in root if str(each.get("Type", "")).endswith(f"/{kind}") and each.get("TargetMode") != "External"
    ]
    targets = (posixpath.normpath(posixpath.join("/", folder, each.get("Target", ""))) for each in inside)
    return [target.lstrip("/") for target in targets if target.lstrip("/") in archive.namelist()]


def check_limits(archive: zipfile.ZipFile) -> None:
    """Raises ReadLimit for a bomb, PasswordProtected, FileCorrupt for a compression that office files do not use."""
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise ReadLimit(f"{len(members)} members, at most {MOST_MEMBERS}")
    if any(member.flag_bits & _ENCRYPTED_FLAG for member in members):
        raise PasswordProtected
    if any(member.compress_type not in _METHODS for member in members):
        raise FileCorrupt("a compression that office files do not use")
    total, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    inflated = [m for m in members if m.file_size > _SMALL_BYTES and m.file_size > HIGHEST_RATIO * m.compress_size]
    if inflated or total > _LARGEST_BYTES or total > max(_SMALL_BYTES, HIGHEST_RATIO * packed):
        raise ReadLimit(f"{packed} bytes that become {total}")


def _check(archive: zipfile.ZipFile, main_part: str) -> None:
    check_limits(archive)
    if main_part not in archive.namelist():
        raise TypeMismatch(f"no {main_part}")
    for name in archive.namelist():
        if name.endswith(_XML):
            with archive.open(name) as part:
                # OOXML forbids document types, which is where entities are declared; without NULs it is any UTF.
                if b"<!DOCTYPE" in part.read(_PROLOGUE_BYTES).replace(b"\0", b""):
                    raise FileCorrupt("a document type, which office files do not have")
