"""Our own retrieval sets: documents of the two trades in Markdown, and questions whose answers are marked in them.

A passage is a paragraph. A question quotes the words that answer it and names their document (seldom two, when two
documents answer); the chunks that hold those words whole are its gold. Its ``kind`` is ``direct`` (shares words with
its passage), ``paraphrase`` (shares none, once analysed) or ``late`` (the answer begins after 60 % of a long chunk, in
one chunk only). ``tests/benchmarks/test_retrieval_sets.py`` holds the files to all of this.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engines.text import Chunk
from engines.text.chunking import chunk
from engines.text.tokens import TokenCounter

LANGUAGES = ("fr", "en")
KINDS = ("direct", "paraphrase", "late")
LATE = 0.6
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Source:
    """A document: its file's stem, language, first title and whole text."""

    slug: str
    language: str
    title: str
    text: str

    @property
    def passages(self) -> list[str]:
        return [block for block in self.text.split("\n\n") if not block.startswith("#")]


@dataclass(frozen=True)
class Question:
    """``text`` is asked; ``answers`` are (document, words that stand in it)."""

    text: str
    kind: str
    language: str
    answers: tuple[tuple[str, str], ...]


def sources(language: str) -> list[Source]:
    return [_source(path, language) for path in sorted((_HERE / language).glob("*.md"))]


def _source(path: Path, language: str) -> Source:
    text = path.read_text(encoding="utf-8").strip()
    title = text.partition("\n")[0].removeprefix("# ")
    return Source(slug=path.stem, language=language, title=title, text=text)


def questions(language: str) -> list[Question]:
    rows = json.loads((_HERE / f"questions.{language}.json").read_text(encoding="utf-8"))
    return list(_questions(rows, language))


def _questions(rows: dict[str, list[list[str]]], language: str) -> Iterator[Question]:
    for kind in KINDS:
        for slug, text, answer, *others in rows[kind]:
            answers = ((slug, answer), *zip(others[::2], others[1::2], strict=True))
            yield Question(text=text, kind=kind, language=language, answers=answers)


def chunks(source: Source, tokens: TokenCounter) -> list[Chunk]:
    """Cut as the product cuts them."""
    return chunk(source.text, page_starts=[0], tokens=tokens)


def passages_of(question: Question) -> list[str]:
    """The paragraphs that answer."""
    texts = {source.slug: source for source in sources(question.language)}
    return [passage for slug, answer in question.answers for passage in texts[slug].passages if answer in passage]


def answers(question: Question, slug: str, text: str) -> bool:
    """Whether this chunk of this document is gold."""
    return any(slug == document and answer in text for document, answer in question.answers)
