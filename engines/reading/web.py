"""HTML by lxml (BSD): what a browser would show, as text; nothing is fetched and nothing runs."""

import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree, html

from engines.reading import Limits, Reading, Source
from engines.reading.errors import FileCorrupt, TooMuchText
from engines.reading.plain import decoded
from engines.reading.sources import size_of, whole
from engines.reading.tables import rows_as_text
from engines.reading.web_hidden import Hidden
from engines.reading.writing import Writing, tidy

MIME: Final = "text/html"
_DROPPED: Final = frozenset(
    "script style template noscript head iframe object embed svg math canvas video audio select textarea button".split()  # noqa: SIM905
)
_BLOCKS: Final = frozenset(
    """
    address article aside blockquote body dd details dialog div dl dt fieldset figure figcaption footer form header
    hgroup hr main nav ol p pre section summary table tbody td tfoot th thead tr ul center caption
    """.split()  # noqa: SIM905
)
_HEADINGS: Final = {f"h{level}": "#" * level for level in range(1, 7)}
_CHARSET: Final = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_-]{2,40})""", re.IGNORECASE)
_CHARSET_WITHIN: Final = 2_048
_SPACES: Final = re.compile(r"\s+")
_LARGEST_CHARACTER_BYTES: Final = 4
_ROWS: Final = "./tr | ./thead/tr | ./tbody/tr | ./tfoot/tr"


class WebReader:
    """One page; `hidden_text` counts elements that a browser would not show, scripts and styles not among them."""

    def read(self, source: Source, limits: Limits) -> Reading:
        """Raises FileCorrupt, TooMuchText, FileUnreadable."""
        if size_of(source) > limits.max_characters * _LARGEST_CHARACTER_BYTES:
            raise TooMuchText(f"{size_of(source)} bytes")
        content = whole(source)
        writing = Writing(limits)
        title = write_html(decoded_html(content), writing)
        return writing.reading(MIME, title)


def decoded_html(content: bytes) -> str:
    """In the encoding of its mark, of its `charset`, or the likeliest. Raises FileCorrupt for what is no text."""
    declared = _CHARSET.search(content[:_CHARSET_WITHIN])
    if declared and not content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            return content.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            return decoded(content)
    return decoded(content)


def write_html(text: str, writing: Writing, *, before: str = "") -> str:
    """Add the page that a browser would show, below `before`; returns its title. Raises as `Writing.add`."""
    root = _parsed(text)
    if root is None:
        writing.add(before)
        return ""
    page = _Page(root)
    shown = "\n\n".join(filter(None, (before, page.text())))
    writing.warn("hidden_text", page.hidden.count)
    writing.warn("pictures_unread", page.pictures)
    writing.add(shown)
    return page.title()


def _parsed(text: str) -> Any:
    """None for an empty page."""
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return None
    except (etree.LxmlError, ValueError) as error:
        raise FileCorrupt(type(error).__name__) from error


class _Page:
    def __init__(self, root: Any) -> None:
        self._root = root
        self.hidden = Hidden(root)
        self.pictures = 0

    def title(self) -> str:
        return str(self._root.findtext(".//title") or "")

    def text(self) -> str:
        body = self._root.find("body")
        return tidy("".join(self._pieces(body))) if body is not None else ""

    def _pieces(self, element: Any) -> Iterator[str]:
        """An element's text and what follows its children; libxml2 lets no tree be deeper than 256."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _DROPPED:
            return
        if self.hidden.holds(element):
            return
        if tag == "table" and (rows := self._table(element)) is not None:
            yield f"\n\n{rows}\n\n"
            return
        before, after = _around(tag)
        yield before
        if tag == "img":
            yield from self._picture(element)
        yield _SPACES.sub(" ", element.text or "") if tag != "pre" else element.text or ""
        for child in element:
            yield from self._pieces(child)
            yield _SPACES.sub(" ", child.tail or "")
        yield after

    def _picture(self, element: Any) -> Iterator[str]:
        described = (element.get("alt") or "").strip()
        if described:
            yield f" {described} "
        else:
            self.pictures += element.get("width") != "1"  # one pixel counts who read a letter

    def _table(self, table: Any) -> str | None:
        """Rows with their header; None for a table that only lays out a page, as letters do."""
        if table.xpath(".//table") or table.get("role") == "presentation":
            return None
        found = [row for row in table.xpath(_ROWS) if not self.hidden.holds(row)]
        rows = [[self._cell(cell) for cell in row if cell.tag in {"td", "th"}] for row in found]
        if max(map(len, rows), default=0) < 2:  # noqa: PLR2004 - one column is no table
            return None
        marked = bool(table.xpath("./thead/tr")) or (bool(found) and all(cell.tag == "th" for cell in found[0]))
        caption = " ".join(self._cell(caption) for caption in table.findall("caption"))
        return "\n".join(filter(None, (caption, rows_as_text(rows, headed=True if marked else None))))

    def _cell(self, cell: Any) -> str:
        return tidy("".join(self._pieces(cell)))


def _around(tag: str) -> tuple[str, str]:
    if tag in _HEADINGS:
        return f"\n\n{_HEADINGS[tag]} ", "\n\n"
    if tag == "li":
        return "\n- ", "\n"
    if tag == "br":
        return "\n", ""
    return ("\n\n", "\n\n") if tag in _BLOCKS else ("", "")
