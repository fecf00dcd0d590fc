"""Why a model file could not be fetched.

EngineError
├── SourceUnreachable   no connection, 5xx, cut again and again: what came is kept, the next try goes on   retry later
├── SourceRefused       404, 403, a redirect that leaves HTTPS, another size than pinned                   never retry
├── FileAltered         the bytes are not those pinned, or not those of the first time                     never retry
└── DiskFull            there is no room; nothing is kept that would fill it                               retry later
"""

from __future__ import annotations

from typing import ClassVar

from engines.errors import EngineError


class SourceUnreachable(EngineError):
    code = "model_source_unreachable"


class SourceRefused(EngineError):
    code = "model_source_refused"
    permanent: ClassVar[bool] = True


class FileAltered(EngineError):
    code = "model_file_altered"
    permanent: ClassVar[bool] = True


class DiskFull(EngineError):
    code = "model_disk_full"
