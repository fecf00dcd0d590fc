"""A recognition as JSON, and back: between the service and its clients, and between a child and its parent."""

from __future__ import annotations

import math
from typing import Any

from engines.errors import EngineUnavailable
from engines.ocr import Box, EngineCard, Line, Recognition, Word


def as_json(read: Recognition) -> dict[str, Any]:
    """`text` (the seed's field), `lines` with `text`, `box` and `words`, `page` in pixels, `confidence`, `rotation`."""
    return {
        "text": read.text,
        "lines": [{"text": line.text, "box": _numbers(line.box), "words": _words(line)} for line in read.lines],
        "page": {"width": read.width, "height": read.height},
        "confidence": round(read.confidence, 4),
        "rotation": read.rotation,
        "engine": read.engine.id,
        "version": read.engine.version,
        "languages": list(read.engine.languages),
    }


def _words(line: Line) -> list[dict[str, Any]]:
    return [
        {"text": word.text, "confidence": round(word.confidence, 4), "box": _numbers(word.box), "cell": word.cell}
        for word in line.words
    ]


def _numbers(box: Box) -> list[float]:
    return [round(side, 1) for side in (box.x0, box.y0, box.x1, box.y1)]


def from_json(answer: dict[str, Any]) -> Recognition:
    """Raises EngineUnavailable when it is not what `as_json` writes."""
    try:
        return Recognition(
            lines=tuple(Line(tuple(_word(word) for word in line["words"])) for line in answer["lines"]),
            width=int(answer["page"]["width"]),
            height=int(answer["page"]["height"]),
            rotation=float(answer["rotation"]),
            engine=EngineCard(str(answer["engine"]), str(answer["version"]), tuple(map(str, answer["languages"]))),
        )
    except (KeyError, TypeError, ValueError) as malformed:
        raise EngineUnavailable("the OCR engine answered something else than a page") from malformed


def _word(word: dict[str, Any]) -> Word:
    x0, y0, x1, y1 = (float(side) for side in word["box"])
    if not (-math.inf < x0 <= x1 < math.inf and -math.inf < y0 <= y1 < math.inf):
        raise ValueError("a box inside out")
    if not word["text"]:
        raise ValueError("a word without letters")
    return Word(str(word["text"]), float(word["confidence"]), Box(x0, y0, x1, y1), int(word["cell"]))
