"""CSV and TSV. An encoding that is not said is the one that gives French letters, or charset-normalizer's (MIT)."""

import csv
import io
from collections.abc import Iterator
from typing import Final

from charset_normalizer import from_bytes

from engines.reading import Limits, Reading, Source
from engines.reading.errors import FileCorrupt, TooMuchText
from engines.reading.plain import PAGE_CHARACTERS
from engines.reading.sniff import decode_text
from engines.reading.sources import size_of, whole
from engines.reading.tables import rows_as_text
from engines.reading.writing import Writing

MIME: Final = "text/csv"
_DELIMITERS: Final = ";,\t|"  # a French spreadsheet writes the first
_SAMPLE: Final = 65_536
_LARGEST_CHARACTER_BYTES: Final = 4
_LIKELY: Final = ("cp1252", "mac_roman", "cp850")
_WRITTEN: Final = frozenset("àâäçéèêëîïôöùûüÿœæÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆ€£°’‘“”«»–—… \u00a0²³½§•")
_ENOUGH: Final = 0.9
_ROWS_PER_PAGE: Final = 5_000


class CsvReader:
    """Each row names its columns; a page holds up to 5,000 rows. `encoding_guessed:1` where the bytes do not say."""

    def read(self, source: Source, limits: Limits) -> Reading:
        """Raises FileCorrupt, TooManyPages, TooMuchText, FileUnreadable."""
        if size_of(source) > limits.max_characters * _LARGEST_CHARACTER_BYTES:
            raise TooMuchText(f"{size_of(source)} bytes")
        text, guessed = _decoded(whole(source))
        writing = Writing(limits)
        writing.warn("encoding_guessed", int(guessed))
        for page in _pages(_rows(text)):
            writing.add(page)
        return writing.reading(MIME)


def _decoded(content: bytes) -> tuple[str, bool]:
    known = decode_text(content, final=True)
    if known is not None and known[1] != "cp1252":
        return known[0], False
    if b"\0" in content:
        raise FileCorrupt("binary content")
    sample = content[:_SAMPLE]
    likely = max(_LIKELY, key=lambda encoding: _accented(sample, encoding))  # the first of those that are equal
    if _accented(sample, likely) < _ENOUGH:
        best = from_bytes(sample).best()
        if best is None:
            raise FileCorrupt("no encoding fits")
        likely = best.encoding
    return content.decode(likely, "replace"), True


def _accented(sample: bytes, encoding: str) -> float:
    """The share of characters beyond ASCII that French or English writes: what a short sample tells best."""
    beyond = [character for character in sample.decode(encoding, "replace") if not character.isascii()]
    return sum(character in _WRITTEN for character in beyond) / max(len(beyond), 1)


def _rows(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(PAGE_CHARACTERS)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text[:_SAMPLE]), strict=False)
    except csv.Error as error:
        raise FileCorrupt(str(error)) from error


def _delimiter(sample: str) -> str:
    """The one that gives most lines the same number of fields, at least two; Excel's `sep=` line decides."""
    if sample[:4].lower() == "sep=" and len(sample) > 4 and sample[4] in _DELIMITERS:  # noqa: PLR2004 - after "sep="
        return sample[4]
    return max(_DELIMITERS, key=lambda delimiter: _agreement(sample, delimiter))


def _agreement(sample: str, delimiter: str) -> tuple[int, int]:
    widths = [len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]
    widths = [width for width in widths if width > 1]
    usual = max(set(widths), key=widths.count, default=0)
    return widths.count(usual), usual


def _pages(rows: Iterator[list[str]]) -> Iterator[str]:
    """The header, if there is one, is said again for each page's rows."""
    first: list[str] | None = None
    held: list[list[str]] = []
    for row in rows:
        if not any(cell.strip() for cell in row) or (first is None and len(row) <= 2 and row[0].lower() == "sep="):  # noqa: PLR2004
            continue
        if first is None:
            first = row
        held.append(row)
        if len(held) > _ROWS_PER_PAGE:
            yield rows_as_text(held)
            held = [first] if rows_as_text(held[:2]) != rows_as_text(held[:2], headed=False) else []
    if len(held) > 1 or first in held[:1]:
        yield rows_as_text(held)
