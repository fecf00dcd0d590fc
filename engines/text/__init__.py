"""Plain text, before and after the models: chunks, windows, sentences, citations and quoted answers.

This module is the vocabulary; the algorithms are beside it (`chunking`, `sentences`, `analysis`, `languages`,
`citations`, `extractive`). Every offset is a character offset, start included and end excluded, in the text that the
docstring names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

EmbedTexts = Callable[[Sequence[str]], npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Window:
    """What one vector stands for: `document[start:end]`, about 128 tokens. `number` counts from 1 inside its chunk."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is cited and put in a prompt: `text == document[start:end]`, 500 to 700 tokens.

    `part` counts from 1 in the document; pages count from 1; `heading` is the last title seen at or before the start.
    """

    part: int
    start: int
    end: int
    text: str
    token_count: int
    page_from: int
    page_to: int
    heading: str
    language: str
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text[start:end]`, without the white space around it."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Citation:
    """`[DOC:document_id-part]` found at `text[start:end]`."""

    document_id: str
    part: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """One retrieved chunk. `score` is the retrieval's (higher is better), `similarity` its best window's cosine;
    `title` is its document's, which the text need not say again.
    """

    document_id: str
    part: int
    text: str
    language: str
    score: float
    similarity: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """`text == passage.text[start:end]`, word for word."""

    passage: Passage
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` is the quotes in order, each followed by its one label; `confidence` is between 0 and 1."""

    text: str
    quotes: tuple[Quote, ...]
    confidence: float
