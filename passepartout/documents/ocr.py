"""What is a picture, a page or one inside an office file: drawn by the sandboxed child, read by character recognition
one by one, kept one by one.

What was read is an `ocr_jobs` row as soon as it is read, so that a killed worker's successor reads no page twice.
"""

import logging
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final

from engines.errors import EngineBusy, EngineError
from engines.ocr import Box, Line, Recognition, Word
from engines.reading import Page, Reading, Span, sandbox
from engines.reading.errors import ReadingError
from engines.reading.hygiene import clean
from passepartout.files.store import object_store
from passepartout.jobs.services import Claim, TurnOver, hold, let_others, report
from passepartout.kernel.scope import engine_call, tenant_transaction

from .engines_in_use import recognizer
from .models import Document, OcrJob

logger = logging.getLogger("passepartout.documents")
DPI: Final = 200
# The service reads as many pages at once as it has threads: the others of a document wait here, not in its queue.
PAGES_AT_ONCE: Final = 2
TRIES: Final = 3
LONGEST_WAIT: Final = 600.0  # seconds for a page while the engine is busy with others'
_TILTED: Final = 1.0  # degrees from which a box around a whole line would cover its neighbours
_QUARTER: Final = 90
_LONG_STEP: Final = 1.3  # usual steps between lines, from which a paragraph ended
_STEP: Final = "extracting"
Place = tuple[Page, str]  # a page, and the name of a picture inside it or "" for the page itself
Found = dict[tuple[int, str], OcrJob]


def recognized(claim: Claim, document: Document, reading: Reading) -> Reading:
    """The reading with the text of its pictures; pages that cannot be read give the warning ``ocr_failed:page``.

    Raises EngineError when the engine is away for longer than a few tries: the job comes back to where it was.
    """
    wanted = [place for page in reading.pages for place in places(page)]
    if not wanted:
        return reading
    found = _kept(document)
    with object_store().local_path(document.storage_path) as path:
        _progress(claim, len(found), len(wanted))
        todo = [(page, picture) for page, picture in wanted if (page.number, picture) not in found]
        for (page, picture), row in _rows(claim, path, todo):
            found[page.number, picture] = _keep(claim, document, row, page, picture)
            _progress(claim, len(found), len(wanted))
    return _completed(reading, found)


def _rows(claim: Claim, path: Path, wanted: Sequence[Place]) -> Iterator[tuple[Place, OcrJob]]:
    """The places in order with their rows. Where one raises, or the turn is over, those being read are given before."""
    todo = deque(wanted)
    running: deque[tuple[Place, Future[OcrJob]]] = deque()
    failure: Exception | None = None
    with ThreadPoolExecutor(PAGES_AT_ONCE, thread_name_prefix="pages") as readers:
        while running or (todo and failure is None):
            while todo and failure is None and len(running) < PAGES_AT_ONCE:
                place = todo.popleft()
                running.append((place, readers.submit(copy_context().run, _read, path, place)))
            place, future = running.popleft()
            try:
                row = future.result()
            except (EngineError, ReadingError) as error:
                failure = failure or error
            else:
                yield place, row
                failure = failure or (_turn_over(claim) if todo else None)
    if failure is not None:
        raise failure


def _turn_over(claim: Claim) -> TurnOver | None:
    try:
        let_others(claim, kept=True)
    except TurnOver as over:
        return over
    return None


def places(page: Page) -> list[Place]:
    """What is to be recognized of a page: itself, the pictures in it, or nothing."""
    return [(page, "")] * page.needs_ocr + [(page, picture.name) for picture in page.pictures]


def _kept(document: Document) -> Found:
    with tenant_transaction():
        return {(row.page, row.picture): row for row in OcrJob.objects.filter(doc_id=document.pk, status="done")}


def _progress(claim: Claim, done: int, total: int) -> None:
    with tenant_transaction():
        hold(claim)
        report(claim, step=_STEP, done=done, total=total)


def drawn(path: Path, page: Page, picture: str) -> bytes:
    """Raises ReadingError."""
    if picture:
        return sandbox.render_picture(path, name=picture, dpi=DPI)
    return sandbox.render_at(path, page=page.number, dpi=DPI)


def _read(path: Path, place: Place) -> OcrJob:
    """A row not yet stored. What is the page's own fault is in it; what may pass is raised."""
    page, picture = place
    started = time.monotonic()
    try:
        with engine_call():
            png = drawn(path, page, picture)
            read = _patiently(lambda: recognizer().recognize(png))
    except (EngineError, ReadingError) as error:
        if not error.permanent:
            raise
        logger.warning("page not read", extra={"page": page.number, "picture": picture, "error": error.code})
        return OcrJob(status="failed", error_code=error.code, seconds=time.monotonic() - started)
    text, spans = page_text(read, page)
    return OcrJob(
        status="done",
        text=text,
        spans=[[span.start, span.end, span.x0, span.y0, span.x1, span.y1] for span in spans],
        engine=read.engine.identifier,
        confidence=round(read.confidence, 4),
        rotation=read.rotation,
        seconds=round(time.monotonic() - started, 3),
    )


def _patiently(read: Callable[[], Recognition]) -> Recognition:
    """Wait for an engine that is busy; try another error that may pass a few times. Raises EngineError."""
    deadline, failures = time.monotonic() + LONGEST_WAIT, 0
    while True:
        try:
            return read()
        except EngineBusy as busy:
            if time.monotonic() + busy.retry_after > deadline:
                raise
            time.sleep(busy.retry_after)
        except EngineError as error:
            failures += 1
            if error.permanent or failures == TRIES:
                raise
            time.sleep(2.0 ** (failures - 1))


def _keep(claim: Claim, document: Document, row: OcrJob, page: Page, picture: str) -> OcrJob:
    with tenant_transaction():
        hold(claim)
        OcrJob.objects.filter(doc_id=document.pk, page=page.number, picture=picture).delete()
        row.doc, row.job_id, row.page, row.picture = document, claim.job, page.number, picture
        row.save(force_insert=True)
    return row


def _completed(reading: Reading, found: Found) -> Reading:
    pages = tuple(_filled(_told(page, found), found.get((page.number, ""))) for page in reading.pages)
    wanted = [(page.number, picture) for page in reading.pages for _, picture in places(page)]
    answered = {f"needs_ocr:{page.number}" for page in reading.pages if page.needs_ocr}
    failed = dict.fromkeys(f"ocr_failed:{place[0]}" for place in wanted if found[place].status != "done")
    warnings = [warning for warning in reading.warnings if warning not in answered]
    return replace(reading, pages=pages, warnings=(*warnings, *failed))


def _told(page: Page, found: Found) -> Page:
    texts = [found[page.number, picture.name].text for picture in page.pictures]
    return with_pictures(page, texts) if texts else page


def with_pictures(page: Page, texts: Sequence[str]) -> Page:
    """What the pictures of a page say, each a paragraph where it stands; such a page has no layout to box them in."""
    text = page.text
    for picture, said in reversed(list(zip(page.pictures, texts, strict=True))):
        before, after = text[: picture.at].rstrip("\n"), text[picture.at :].lstrip("\n")
        text = "\n\n".join(filter(None, (before, said, after)))
    return replace(page, text=text, pictures=())


def _filled(page: Page, row: OcrJob | None) -> Page:
    """What little text stood on the page stays in front: a scanner's stamp is text too."""
    if row is None or row.status != "done" or not row.text:
        return page
    before = f"{page.text}\n" if page.text else ""
    moved = (Span(int(start) + len(before), int(end) + len(before), *box) for start, end, *box in row.spans)
    return replace(page, text=before + row.text, spans=(*page.spans, *moved))


def page_text(read: Recognition, page: Page) -> tuple[str, tuple[Span, ...]]:
    """The page's lines, cleaned as all text is, with a span for every cell (for every word of a tilted page)."""
    scale = page.width / read.width
    tilted = abs((read.rotation + _QUARTER / 2) % _QUARTER - _QUARTER / 2) >= _TILTED
    pieces: list[str] = []
    spans: list[Span] = []
    at = 0
    for gap, line in zip(_gaps(read), read.lines, strict=False):  # an empty page has no line for its first gap
        pieces.append(gap)
        at += len(gap)
        for lead, words in _runs(line, tilted=tilted):
            text = lead + " ".join(clean(word.text)[0] for word in words)
            box = Box.around([word.box for word in words])
            if text.strip():
                points = (round(side * scale, 2) for side in (box.x0, box.y0, box.x1, box.y1))
                spans.append(Span(at + len(lead), at + len(text), *points))
            pieces.append(text)
            at += len(text)
    return "".join(pieces), tuple(spans)


def _runs(line: Line, *, tilted: bool) -> Iterator[tuple[str, list[Word]]]:
    """What stands before each run of words, and its words: a run is a cell, or a word where lines are tilted."""
    cells = [list(words) for _, words in groupby(line.words, key=lambda word: word.cell)]
    for number, words in enumerate(cells):
        runs = [[word] for word in words] if tilted else [words]
        for at, run in enumerate(runs):
            yield ("" if number == at == 0 else "  " if at == 0 else " "), run


def _gaps(read: Recognition) -> list[str]:
    """What stands before each line: an empty line where the step from the one before is longer than most are.

    Then a paragraph ended, as in text that needed no reading; a sentence that runs over lines must stay in one.
    """
    across = round(read.rotation / _QUARTER) % 2 == 1  # the lines of the picture as it was given run up and down
    middles = [_middle(line.box, across=across) for line in read.lines]
    steps = [abs(after - before) for before, after in pairwise(middles)]
    usual = statistics.median(steps) if steps else 0.0
    return ["", *("\n\n" if step > _LONG_STEP * usual else "\n" for step in steps)]


def _middle(box: Box, *, across: bool) -> float:
    return (box.x0 + box.x1) / 2 if across else (box.y0 + box.y1) / 2
