"""Plain text and Markdown. They have no layout: no spans, and pages only by form feeds or a great length."""

import re
from collections.abc import Iterator
from typing import Final

from engines.reading import Limits, Page, Reading, Source
from engines.reading.errors import FileCorrupt, TooManyPages, TooMuchText
from engines.reading.hygiene import clean, clean_title
from engines.reading.sniff import decode_text
from engines.reading.sources import size_of, whole

PAGE_CHARACTERS: Final = 500_000  # a page travels whole between two processes
_LARGEST_CHARACTER_BYTES: Final = 4
_HEADING: Final = re.compile(r"^# +(\S.*?)[ #]*$", re.MULTILINE)
_TITLE_WITHIN: Final = 4_000


class TextReader:
    """UTF-8, UTF-16 with a byte order mark, Windows-1252 (then a warning `encoding_guessed:1`)."""

    mime = "text/plain"

    def read(self, source: Source, limits: Limits) -> Reading:
        """Raises FileCorrupt for binary content, FileUnreadable, TooManyPages, TooMuchText."""
        text, encoding = _text_of(source, limits)
        warnings = ["encoding_guessed:1"] if encoding == "cp1252" else []
        pages: list[Page] = []
        for number, raw in enumerate(_pages_of(text), start=1):
            if number > limits.max_pages:
                raise TooManyPages(f"more than {limits.max_pages} form feeds")
            cleaned = clean(raw)
            pages.append(Page(number, cleaned.text, 0.0, 0.0, ()))
            warnings += [f"hidden_characters:{number}:{cleaned.hidden}"] * bool(cleaned.hidden)
            warnings += [f"control_characters:{number}:{cleaned.control}"] * bool(cleaned.control)
        return Reading(self.mime, tuple(pages), self._title(pages[0].text), tuple(warnings))

    def _title(self, text: str) -> str:  # noqa: ARG002 - plain text has none; Markdown reads it from the text
        return ""


class MarkdownReader(TextReader):
    """Markdown is kept as it was written; the title is its first top heading."""

    mime = "text/markdown"

    def _title(self, text: str) -> str:
        heading = _HEADING.search(text[:_TITLE_WITHIN])
        return clean_title(heading[1]) if heading else ""


def _text_of(source: Source, limits: Limits) -> tuple[str, str]:
    size = size_of(source)
    if size > limits.max_characters * _LARGEST_CHARACTER_BYTES:
        raise TooMuchText(f"{size} bytes of text")
    found = decode_text(whole(source), final=True)
    if found is None:
        raise FileCorrupt("not text in UTF-8, UTF-16 or Windows-1252")
    if len(found[0]) > limits.max_characters:
        raise TooMuchText(f"more than {limits.max_characters} characters")
    return found


def decoded(content: bytes) -> str:
    """Text in UTF-8, UTF-16 with a byte order mark, or Windows-1252. Raises FileCorrupt."""
    found = decode_text(content, final=True)
    if found is None:
        raise FileCorrupt("not text in UTF-8, UTF-16 or Windows-1252")
    return found[0]


def _pages_of(text: str) -> Iterator[str]:
    for page in text.split("\f"):
        start = 0
        while len(page) - start > PAGE_CHARACTERS:
            cut = page.rfind("\n", start, start + PAGE_CHARACTERS) + 1 or start + PAGE_CHARACTERS
            yield page[start:cut]
            start = cut
        yield page[start:]
