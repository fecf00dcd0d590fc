"""PowerPoint (PPTX) by python-pptx (MIT): each slide is a page, with its title, texts, tables and notes."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from lxml import etree
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.exc import PythonPptxError

from engines.reading import Limits, Reading, Source
from engines.reading.errors import FileCorrupt
from engines.reading.office import package
from engines.reading.pictures import is_legible
from engines.reading.placing import Pictures
from engines.reading.sources import opened
from engines.reading.tables import rows_as_text
from engines.reading.writing import Writing, one_line, paragraphs, tidy

MIME: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_MAIN: Final = "ppt/presentation.xml"
_DEEPEST_GROUP: Final = 16
_OFF: Final = frozenset({"0", "false"})


class SlideReader:
    """A hidden slide is an empty page, so that the others keep their numbers; what stands beside a slide is dropped."""

    def read(self, source: Source, limits: Limits) -> Reading:
        """Raises PasswordProtected, TypeMismatch, FileCorrupt, ReadLimit, TooManyPages, TooMuchText, FileUnreadable."""
        writing = Writing(limits)
        with package(source, _MAIN), opened(source) as file:
            try:
                show = Presentation(file)
                size = (show.slide_width or 0, show.slide_height or 0)
                pictures = Pictures(partial(is_legible, limits=limits))
                for slide in show.slides:
                    text = _page(slide, size, writing, pictures)
                    writing.warn("pictures_unread", pictures.unread)
                    writing.add(text, pictures.of_page())
                title = show.core_properties.title
            except (PythonPptxError, etree.XMLSyntaxError, ValueError, KeyError) as error:
                raise FileCorrupt(type(error).__name__) from error
        return writing.reading(MIME, title)


def _page(slide: Any, size: tuple[int, int], writing: Writing, pictures: Pictures) -> str:
    if slide.element.get("show") in _OFF:
        writing.warn("hidden_slide")
        return ""
    title = slide.shapes.title
    texts = [f"# {one_line(title.text_frame.text)}"] if title is not None and title.text_frame.text.strip() else []
    for shape in slide.shapes:
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if _is_beside(shape, size):
            writing.warn("off_page_text", int(bool(paragraphs(_texts(shape, 0, None)))))
        else:
            texts += _texts(shape, 0, pictures)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        texts.append(tidy(slide.notes_slide.notes_text_frame.text))
    return paragraphs(texts)


def _texts(shape: Any, depth: int, pictures: Pictures | None) -> Iterator[str]:
    if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
        if depth < _DEEPEST_GROUP:
            for inner in shape.shapes:
                yield from _texts(inner, depth + 1, pictures)
    elif shape.shape_type == MSO_SHAPE_TYPE.PICTURE:
        if pictures is not None:
            yield _marked(shape, pictures)
    elif shape.has_text_frame:
        yield tidy(shape.text_frame.text)
    elif getattr(shape, "has_table", False) and shape.has_table:
        rows = [["" if cell.is_spanned else cell.text for cell in row.cells] for row in shape.table.rows]
        yield rows_as_text(rows, headed=True if shape.table.first_row and len(rows) > 1 else None)


def _marked(shape: Any, pictures: Pictures) -> str:
    """A picture that is only linked stays where it is."""
    relation = shape._element.blip_rId  # noqa: SLF001 - `shape.image` has no name that finds it again
    if relation is None:
        pictures.unread += 1
        return ""
    part = shape.part.related_part(relation)
    return pictures.mark(str(part.partname), part.blob)


def _is_beside(shape: Any, size: tuple[int, int]) -> bool:
    """Whether nothing of a shape is on the slide; one that takes its place from a layout is on it."""
    if None in (shape.left, shape.top, shape.width, shape.height) or not all(size):
        return False
    return (
        shape.left >= size[0] or shape.top >= size[1] or shape.left + shape.width <= 0 or shape.top + shape.height <= 0
    )
