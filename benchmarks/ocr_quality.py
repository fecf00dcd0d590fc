"""Error rates of character recognition on rendered pages: `python -m benchmarks.ocr_quality [ENGINE …]`.

Eight sheets (letters and tables, French and English), each spoilt in three ways out of eleven so that every way occurs:
24 pages, all engines reading the same pictures. Fails when an engine's mean character error rate passes 1.0 %. Spaces
are normalized to one; nothing else is.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks._edits import character_error_rate, word_error_rate
from benchmarks._world import keep
from engines.ocr import Recognizer, installed
from engines.ocr.ladder import LadderRecognizer
from engines.ocr.rapid import RapidRecognizer
from engines.ocr.tesseract import TesseractRecognizer
from engines.ocr.tests.pages import SPOILT, Sheet, draw, encoded
from engines.ocr.tests.sheets import SHEETS

TARGET = 1.0  # percent of characters
WAYS = 3
ENGINES: dict[str, Callable[[], Recognizer]] = {
    "tesseract": TesseractRecognizer,
    "rapidocr": RapidRecognizer,
    "ladder": lambda: LadderRecognizer(TesseractRecognizer(), RapidRecognizer()),
}


def chosen() -> Iterator[tuple[Sheet, str]]:
    ways = list(SPOILT)
    for number, sheet in enumerate(SHEETS):
        for turn in range(WAYS):
            yield sheet, ways[(number * WAYS + turn) % len(ways)]


def measured(engine: Recognizer) -> list[dict[str, Any]]:
    found = []
    for sheet, way in chosen():
        picture = encoded(SPOILT[way](draw(sheet)))
        started = time.perf_counter()
        read = engine.recognize(picture)
        found.append(
            {
                "page": f"{sheet.name}, {way}",
                "language": sheet.language,
                "table": sheet.has_table,
                "cer_percent": round(100 * character_error_rate(sheet.truth, read.text), 2),
                "wer_percent": round(100 * word_error_rate(sheet.truth, read.text), 2),
                "confidence": round(read.confidence, 3),
                "engine": read.engine.identifier,
                "seconds": round(time.perf_counter() - started, 2),
            }
        )
    return found


def main() -> int:
    wanted = sys.argv[1:] or [name for name in ENGINES if name == "rapidocr" or installed.tesseract()]
    pages = {name: measured(ENGINES[name]()) for name in wanted}
    means = {name: _means(found) for name, found in pages.items()}
    passed = all(mean["cer_percent"] <= TARGET for mean in means.values())
    return keep("ocr_quality", {"target_cer_percent": TARGET, "mean": means, "pages": pages, "passed": passed})


def _means(found: list[dict[str, Any]]) -> dict[str, float]:
    names = ("cer_percent", "wer_percent", "seconds")
    worst = max(page["cer_percent"] for page in found)
    return {**{name: round(statistics.mean(page[name] for page in found), 3) for name in names}, "worst_cer": worst}


if __name__ == "__main__":
    sys.exit(main())
