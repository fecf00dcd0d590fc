"""What happens to documents. Who hears of it follows from the document's visibility at that moment."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from passepartout.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class DocumentEvent(Event):
    """``uploader`` may be unknown: the demo's documents, or somebody who is gone."""

    kind: ClassVar[str] = "document"
    uploader: UUID | None = None
    status: str = ""


@dataclass(frozen=True, kw_only=True)
class DocumentUploaded(DocumentEvent):
    """A file was taken in; it will be read."""

    kind: ClassVar[str] = "document.uploaded"


@dataclass(frozen=True, kw_only=True)
class DocumentIndexed(DocumentEvent):
    """A version of it is live: it can be found, asked and cited."""

    kind: ClassVar[str] = "document.indexed"
    version: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class DocumentFailed(DocumentEvent):
    """Indexing will not be tried again: our side is at fault. ``error`` is a code of the reference."""

    kind: ClassVar[str] = "document.failed"
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class DocumentRejected(DocumentEvent):
    """Indexing will not be tried again: the file is at fault. ``error`` is a code of the reference."""

    kind: ClassVar[str] = "document.rejected"
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class DocumentChanged(DocumentEvent):
    """Title, visibility or links are others now. Told to those who may see it now."""

    kind: ClassVar[str] = "document.changed"


@dataclass(frozen=True, kw_only=True)
class DocumentDeleted(DocumentEvent):
    """It is hidden everywhere; it can be restored for a while."""

    kind: ClassVar[str] = "document.deleted"


@dataclass(frozen=True, kw_only=True)
class DocumentRestored(DocumentEvent):
    """A deleted document is back."""

    kind: ClassVar[str] = "document.restored"
