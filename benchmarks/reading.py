"""How fast PDFs become pages with boxes: `python -m benchmarks.reading`. Fails below 300 pages/s on one core.

The peer is pypdfium2's bare text, without boxes, on the same file in the same run; the two take turns, and CPU time of
this process is what counts, so that a busy machine does not decide. The sandbox is measured by the wall, as users wait.
"Fragmented" pages write every word on its own, as typesetters do: many rectangles to a line.
"""

import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pypdfium2 as pdfium
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from engines.reading import Limits, sandbox
from engines.reading.pdf import PdfReader

PAGES = 300
LINES = 55
LINE_CHARACTERS = 85
ROUNDS = 7
TARGET = 300
RESULTS = Path(__file__).parent / "results"
WORDS = (
    *(
        "le",
        "la",
        "les",
        "un",
        "une",
        "des",
        "du",
        "de",
        "à",
        "en",
        "pour",
        "avec",
        "sans",
        "sur",
        "clé",
        "été",
        "linge",
    ),
    *("livraison", "entrepôt", "palette", "bordereau", "camion", "retard", "client", "remise", "accueil", "voyageur"),
    *("conciergerie", "réservation", "départ", "arrivée", "contrôle", "qualité", "signature", "colis", "adresse"),
    *("interphone", "assurance", "déclaration", "sinistre", "facture", "échéance", "règlement", "numéro", "référence"),
)


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        ordinary = pages_of_words(Path(scratch) / "ordinary.pdf", PAGES, draw_line)
        fragmented = pages_of_words(Path(scratch) / "fragmented.pdf", PAGES, draw_words)
        measured = {"ordinary": on_one_core(ordinary), "fragmented": on_one_core(fragmented)}
        sandboxed = in_the_sandbox(Path(scratch), ordinary)
    passed = measured["ordinary"]["pages_per_second_with_boxes"] >= TARGET
    result = {
        "benchmark": "reading",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "versions": {"python": platform.python_version(), "pypdfium2": version("pypdfium2")},
        "one_core_cpu_time": measured,
        "sandbox_wall_time": sandboxed,
        "target_pages_per_second": TARGET,
        "passed": passed,
    }
    print(json.dumps(result, indent=2))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{datetime.now(UTC):%Y-%m-%d}-reading.json").write_text(json.dumps(result, indent=2) + "\n")
    return 0 if passed else 1


def on_one_core(document: Path) -> dict[str, float]:
    bare, boxed = in_turns(lambda: bare_text(document), lambda: PdfReader().read(document, Limits()))
    return {
        "pages_per_second_with_boxes": rate(boxed),
        "pages_per_second_pypdfium2_bare_text": rate(bare),
        "ratio": round(statistics.median(bare) / statistics.median(boxed), 3),
        "characters_per_page": round(len(bare_text(document)) / PAGES),
    }


def in_the_sandbox(scratch: Path, document: Path) -> dict[str, float]:
    """From a call in this process to a checked Reading in this process."""
    single = pages_of_words(scratch / "single.pdf", 1, draw_line)
    note = scratch / "note.txt"
    note.write_text("Bonjour")
    return {
        "pages_per_second": rate([wall(lambda: sandbox.read(document, "a.pdf")) for _ in range(5)]),
        "seconds_for_a_line_of_text": median_wall(lambda: sandbox.read(note, "note.txt")),
        "seconds_for_a_pdf_of_one_page": median_wall(lambda: sandbox.read(single, "single.pdf")),
        "seconds_for_a_png_1000_pixels_wide": median_wall(lambda: sandbox.render(single, page=1, width=1000)),
    }


def pages_of_words(path: Path, pages: int, draw: Callable[[Canvas, float, list[str]], None]) -> Path:
    """A4 pages of French words, the same in every run."""
    chance = random.Random(2)
    canvas = Canvas(str(path), pagesize=A4)
    for _ in range(pages):
        canvas.setFont("Helvetica", 9)
        for line in range(LINES):
            words: list[str] = []
            while sum(map(len, words)) + len(words) < LINE_CHARACTERS:
                words.append(chance.choice(WORDS))
            draw(canvas, 800 - 13.5 * line, words)
        canvas.showPage()
    canvas.save()
    return path


def draw_line(canvas: Canvas, y: float, words: list[str]) -> None:
    canvas.drawString(50, y, " ".join(words))


def draw_words(canvas: Canvas, y: float, words: list[str]) -> None:
    x = 50.0
    for word in words:
        canvas.drawString(x, y, word)
        x += canvas.stringWidth(word + " ", "Helvetica", 9)


def bare_text(path: Path) -> str:
    """What pypdfium2 alone does: the text of every page."""
    texts = []
    document = pdfium.PdfDocument(path)
    for index in range(len(document)):
        page = document[index]
        textpage = page.get_textpage()
        texts.append(textpage.get_text_bounded())
        textpage.close()
        page.close()
    document.close()
    return "".join(texts)


def in_turns(*contestants: Callable[[], object]) -> tuple[list[float], ...]:
    """CPU seconds of each contestant, in ROUNDS rounds after one that warms up."""
    times: tuple[list[float], ...] = tuple([] for _ in contestants)
    for turn in range(ROUNDS + 1):
        for contestant, spent in zip(contestants, times, strict=True):
            start = time.process_time()
            contestant()
            if turn:
                spent.append(time.process_time() - start)
    return times


def wall(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def median_wall(run: Callable[[], object]) -> float:
    return round(statistics.median(wall(run) for _ in range(15)), 4)


def rate(seconds: list[float]) -> int:
    return round(PAGES / statistics.median(seconds))


if __name__ == "__main__":
    sys.exit(main())
