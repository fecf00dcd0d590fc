"""Which runs of a Word document can be seen."""

from collections.abc import Iterator
from itertools import takewhile
from typing import Any, Final

from docx.document import Document
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from engines.reading.placing import Pictures

_PARAGRAPH, _RUN, _TEXT_BOX = qn("w:p"), qn("w:r"), qn("w:txbxContent")
_PICTURE = qn("a:blip")
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_WORDS: Final = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_OFF: Final = frozenset({"0", "false", "off", "none"})
_LIGHT: Final = 0xF0  # each of red, green, blue at least: paper
_TINY: Final = 4  # half points
_CHANNELS: Final = (0, 2, 4)
_STYLES: Final = 20  # a style may be based on another, and so on


class Runs:
    """The text of paragraphs without what Word hides: `hidden` counts the runs that were left out."""

    def __init__(self, document: Document, pictures: Pictures) -> None:
        self.hidden = 0
        self._pictures = pictures
        self._styles = {style.get(qn("w:styleId")): style for style in document.styles.element.iter(qn("w:style"))}
        self._coloured_page = document.element.find(qn("w:background")) is not None

    def text(self, paragraph: Paragraph) -> str:
        """With its hyperlinks, insertions and text boxes; without deletions, which Word keeps as another element."""
        return "".join(self._pieces(paragraph._p, paragraph.part))  # noqa: SLF001

    def _pieces(self, element: Any, story: Any) -> Iterator[str]:
        for child in element:
            if child.tag == _RUN:
                yield from self._run(child, story)
            elif child.tag == _PARAGRAPH:
                yield "\n"
                yield from self._pieces(child, story)
            elif child.tag != _FALLBACK:
                yield from self._pieces(child, story)

    def _run(self, run: Any, story: Any) -> Iterator[str]:
        text = "".join(_WORDS.get(child.tag) or child.text or "" for child in run if child.tag in _SEEN)
        if text.strip() and self._is_hidden(run):
            self.hidden += 1
        else:
            yield text
        for picture in run.iter(_PICTURE):
            if not in_fallback(picture) and not _in_box(picture, run):
                yield self._marked(picture.get(qn("r:embed")), story)
        for box in run.iter(_TEXT_BOX):
            if not in_fallback(box):
                yield from self._pieces(box, story)

    def _marked(self, relation: str | None, story: Any) -> str:
        """A picture that is only linked stays where it is."""
        part = story.related_parts.get(relation)
        if part is None:
            self._pictures.unread += 1
            return ""
        return self._pictures.mark(str(part.partname), part.blob)

    def _is_hidden(self, run: Any) -> bool:
        if self._property(run, "w:vanish") is not None:
            return True
        size = self._property(run, "w:sz")
        if size is not None and size.isdecimal() and int(size) <= _TINY:
            return True
        colour = self._property(run, "w:color") or ""
        return _is_light(colour) and not self._stands_on_colour(run)

    def _property(self, run: Any, name: str) -> str | None:
        """The value of a run's property, its own or of its styles; None when it has none or it is turned off."""
        paragraph = next(run.iterancestors(_PARAGRAPH), None)
        for holder in (run, paragraph):
            if holder is None:
                continue
            for element in self._holders(holder, own=holder is run):
                found = element.find(qn(name))
                if found is not None:
                    value = found.get(qn("w:val"), "")
                    return None if value in _OFF else value
        return None

    def _holders(self, element: Any, *, own: bool) -> Iterator[Any]:
        """The `w:rPr` of a run or of a paragraph's style, then those that the style is based on."""
        outer = element.find(qn("w:rPr" if own else "w:pPr"))
        if outer is None:
            return
        if own:
            yield outer
        named = outer.find(qn("w:rStyle" if own else "w:pStyle"))
        for _ in range(_STYLES):
            style = self._styles.get(named.get(qn("w:val"))) if named is not None else None
            if style is None:
                return
            properties = style.find(qn("w:rPr"))
            if properties is not None:
                yield properties
            named = style.find(qn("w:basedOn"))

    def _stands_on_colour(self, run: Any) -> bool:
        """Whether something behind the run may not be white: shading, a highlight, a styled table, a drawn box."""
        if self._coloured_page or any(True for _ in run.iterancestors(_TEXT_BOX)):
            return True
        own = run.find(qn("w:rPr"))
        if own is not None and (own.find(qn("w:highlight")) is not None or _shaded(own)):
            return True
        for parent in run.iterancestors():
            for name in ("w:pPr", "w:tcPr", "w:tblPr"):
                properties = parent.find(qn(name))
                if properties is not None and (_shaded(properties) or _is_styled(properties)):
                    return True
        return False


_SEEN: Final = frozenset({qn("w:t"), *_WORDS})


def in_fallback(element: Any) -> bool:
    """Whether it is for older programs, which do not read what stands beside it."""
    return any(parent.tag == _FALLBACK for parent in element.iterancestors())


def _in_box(element: Any, run: Any) -> bool:
    """Whether it stands in a text box of this run, whose own runs come later."""
    parents = takewhile(lambda parent: parent is not run, element.iterancestors())
    return any(parent.tag == _TEXT_BOX for parent in parents)


def _is_light(colour: str) -> bool:
    """Whether "FFFFFF" or nearly; "auto" is not."""
    try:
        return all(int(colour[at : at + 2], 16) >= _LIGHT for at in _CHANNELS)
    except ValueError:
        return False


def _shaded(properties: Any) -> bool:
    shading = properties.find(qn("w:shd"))
    if shading is None:
        return False
    fill = shading.get(qn("w:fill"), "auto")
    return shading.get(qn("w:themeFill")) is not None or (fill != "auto" and not _is_light(fill))


def _is_styled(properties: Any) -> bool:
    style = properties.find(qn("w:tblStyle"))
    return style is not None and style.get(qn("w:val")) not in {"TableGrid", "TableNormal", "Grilledutableau"}
