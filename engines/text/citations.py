"""The label that ties a sentence to the chunk it comes from: `[DOC:ID-PART]`."""

from __future__ import annotations

import re

from engines.text import Citation

# The identifier may itself hold dashes (a uuid does): the part is what follows the last one.
_LABEL = re.compile(r"\[DOC:(?P<document>[A-Za-z0-9][A-Za-z0-9_-]{0,63})-(?P<part>[1-9][0-9]{0,8})\]")


def label(document_id: str, part: int) -> str:
    """Return `[DOC:document_id-part]`. Raises ValueError if the result could not be read back by `parse`."""
    text = f"[DOC:{document_id}-{part}]"
    found = _LABEL.fullmatch(text)
    if found is None or found["document"] != document_id:
        raise ValueError(f"not a citable chunk: document {document_id!r}, part {part!r}")
    return text


def parse(text: str) -> list[Citation]:
    """Return every well-formed label of `text`, in order, with its offsets in `text`."""
    return [
        Citation(document_id=found["document"], part=int(found["part"]), start=found.start(), end=found.end())
        for found in _LABEL.finditer(text)
    ]
