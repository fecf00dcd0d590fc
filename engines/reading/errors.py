"""Why a document could not be read.

EngineError
└── ReadingError                 permanent: the same file fails again, tell its owner
    ├── EmptyFile                empty_file
    ├── TypeUnsupported          type_unsupported      a format that no reader takes
    ├── TypeMismatch             type_mismatch         the bytes are not what the name says
    ├── PasswordProtected        password_protected
    ├── FileCorrupt              file_corrupt
    ├── TooManyPages             too_many_pages
    ├── TooMuchText              too_much_text
    ├── PageMissing              page_missing          no such page to draw
    ├── PageTooLarge             page_too_large        more pixels than allowed at that width
    ├── ReadTimeout              read_timeout          wall clock or CPU spent
    ├── ReadLimit                read_limit            memory spent, or an answer too large
    ├── FileUnreadable           file_unreadable       not permanent: the file is not there (yet), or the disk fails
    └── ReaderUnavailable        reader_unavailable    not permanent: the child could not start, or was killed by others
"""

from collections.abc import Mapping
from typing import Final

from engines.errors import EngineError


class ReadingError(EngineError):
    """A document could not be read; see the tree above for the codes."""

    code = "reading_error"
    permanent = True


class EmptyFile(ReadingError):
    code = "empty_file"


class TypeUnsupported(ReadingError):
    code = "type_unsupported"


class TypeMismatch(ReadingError):
    code = "type_mismatch"


class PasswordProtected(ReadingError):
    code = "password_protected"


class FileCorrupt(ReadingError):
    code = "file_corrupt"


class TooManyPages(ReadingError):
    code = "too_many_pages"


class TooMuchText(ReadingError):
    code = "too_much_text"


class PageMissing(ReadingError):
    code = "page_missing"


class PageTooLarge(ReadingError):
    code = "page_too_large"


class ReadTimeout(ReadingError):
    code = "read_timeout"


class ReadLimit(ReadingError):
    code = "read_limit"


class FileUnreadable(ReadingError):
    code = "file_unreadable"
    permanent = False


class ReaderUnavailable(ReadingError):
    code = "reader_unavailable"
    permanent = False


BY_CODE: Final[Mapping[str, type[ReadingError]]] = {kind.code: kind for kind in ReadingError.__subclasses__()}
