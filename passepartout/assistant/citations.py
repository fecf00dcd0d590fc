"""From quotes to citations that a page can draw: only chunks of this request, word for word, with their boxes."""

from collections.abc import Sequence
from typing import Any

from engines.text import Quote
from engines.text.citations import label
from passepartout.documents.models import Chunk
from passepartout.documents.pagetext import quote_boxes
from passepartout.documents.retrieval import Found


def label_of(chunk: Chunk) -> str:
    return label(str(chunk.doc_id), chunk.part_no)


def source_of(found: Found) -> dict[str, Any]:
    """A chunk that was shown to the answering engine."""
    chunk = found.chunk
    return {
        "label": label_of(chunk),
        "document": str(chunk.doc_id),
        "title": chunk.doc.title,
        "part": chunk.part_no,
        "page": chunk.page_from,
        "score": round(found.score, 6),
        "similarity": round(found.similarity, 4),
    }


def cite(quotes: Sequence[Quote], found: Sequence[Found]) -> list[dict[str, Any]]:
    """One citation per quote. A quote whose chunk was not of this request, or whose words are not there, is dropped."""
    known = {(str(item.chunk.doc_id), item.chunk.part_no): item for item in found}
    cited = []
    for quote in quotes:
        item = known.get((quote.passage.document_id, quote.passage.part))
        if item is not None and item.chunk.chunk_text[quote.start : quote.end] == quote.text:
            cited.append(_citation(item, quote))
    return cited


def _citation(item: Found, quote: Quote) -> dict[str, Any]:
    chunk = item.chunk
    boxes = quote_boxes(chunk.boxes, quote.start, quote.end)
    return {
        "label": label_of(chunk),
        "document": str(chunk.doc_id),
        "title": chunk.doc.title,
        "part": chunk.part_no,
        "page": boxes[0]["page"] if boxes else chunk.page_from,
        "boxes": boxes,
        "quote": quote.text,
        "score": round(item.score, 6),
    }
