"""Telling what happened to a document, in the transaction in which it happens."""

from uuid import UUID

from passepartout.kernel.events import Audience
from passepartout.lifecycle.services import publish

from .events import DocumentEvent
from .models import Document


def audience_of(document: Document) -> Audience:
    """Who may see a document now: the same rule as `selectors.documents_visible_to`."""
    users = (document.uploader_id,) if document.uploader_id else ()
    if document.visibility == Document.Visibility.PRIVATE:
        return Audience(users=users)
    shared = document.visibility == Document.Visibility.CLIENT
    return Audience("documents", users=users, client=document.client_id if shared else None)


def tell(shape: type[DocumentEvent], document: Document, *, status: str, **facts: UUID | str) -> None:
    """Publish an event about a document as it is in the present transaction."""
    publish(
        shape(
            subject=document.pk,
            audience=audience_of(document),
            uploader=document.uploader_id,
            status=status,
            **facts,
        )
    )
