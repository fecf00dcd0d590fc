"""The index of numbers that name a thing: written with a version, asked by search, listed with a document."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from engines.text import Chunk as TextChunk
from engines.text.identifiers import Kind, asked, find
from passepartout.audit.services import record
from passepartout.kernel.fields import BlindIndexField
from passepartout.tenancy.callers import Caller

from . import selectors
from .models import Document, DocumentIdentifier, DocumentVersion
from .pagetext import FullText

BANK = "bank_details"
MASKED = frozenset({Kind.IBAN})
DOTS = "••••"
Place = tuple[UUID, int]  # (version, part)


def rows(document: Document, version: DocumentVersion, text: FullText, chunks: Sequence[TextChunk]) -> list[Any]:
    """The identifiers of a version's chunks, unsaved. What stands in the overlap of two chunks is in both."""
    return [
        DocumentIdentifier(
            doc=document,
            version=version,
            kind=found.kind,
            value=found.value,
            part_no=chunk.part,
            page=text.page_at(chunk.start + found.start),
            start=found.start,
            end=found.end,
        )
        for chunk in chunks
        for found in find(chunk.text)
    ]


def places(query: str, versions: Sequence[UUID]) -> list[Place]:
    """Chunks that hold a number of the query: the whole number first, then those that end in what was typed.

    In the caller's tenant transaction; ``versions`` are those that the caller may see.
    """
    values = asked(query)
    if not values or not versions:
        return []
    known = DocumentIdentifier.objects.filter(version_id__in=versions).order_by("version_id", "part_no")
    whole = known.filter(value_index__in=_hashes("value_index", values))
    found: list[Place] = list(whole.values_list("version_id", "part_no"))
    long_enough = [value for value in values if len(value) >= DocumentIdentifier.TAIL]
    tails = [value[-DocumentIdentifier.TAIL :] for value in long_enough]
    ends = known.filter(tail_index__in=_hashes("tail_index", tails))
    found += [(row.version_id, row.part_no) for row in ends if row.value.endswith(tuple(long_enough))]
    return list(dict.fromkeys(found))


def _hashes(name: str, values: Sequence[str]) -> list[str]:
    column = DocumentIdentifier._meta.get_field(name)
    assert isinstance(column, BlindIndexField)
    return [column.index_of(value) for value in values]


def identifiers_of(caller: Caller, document: Document) -> list[dict[str, Any]]:
    """What a document's live version names, in order. Accounts in full for who may read them: that is audited."""
    version = document.live_version
    starts = dict(selectors.chunks_of(document).values_list("part_no", "char_start"))
    listed = DocumentIdentifier.objects.filter(version_id=version).order_by("part_no", "start")
    reveals = caller.may(BANK, "read")
    seen: dict[tuple[str, int], dict[str, Any]] = {}
    for row in listed:
        at = starts[row.part_no] + row.start
        seen.setdefault((row.value_index, at), _facts(row, masks=row.kind in MASKED and not reveals))
    if any(facts["kind"] in MASKED and not facts["masked"] for facts in seen.values()):
        record("bank_details.read", document)
    return list(seen.values())


def _facts(row: DocumentIdentifier, *, masks: bool) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "value": masked(row.value) if masks else row.value,
        "masked": masks,
        "part": row.part_no,
        "page": row.page,
        "start": row.start,
        "end": row.end,
    }


def masked(value: str) -> str:
    """The first and the last four characters: `FR76 •••• 0189`."""
    return f"{value[:4]} {DOTS} {value[-4:]}"
