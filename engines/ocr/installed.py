"""Which engines this machine has, asked without loading any."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache
from importlib.metadata import version
from typing import Final

from engines.ocr import EngineCard

LANGUAGES: Final = ("fra", "eng")
# Where Tesseract may be; nothing of our own environment is its to know.
PATH: Final = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin"
TESSERACT_ENVIRONMENT: Final = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"}
_ASK_SECONDS: Final = 10.0


def program() -> str | None:
    return shutil.which("tesseract", path=PATH)


@lru_cache(maxsize=1)
def tesseract() -> EngineCard | None:
    """Tesseract with both languages, if this machine has it. Asked once."""
    found = program()
    if found is None:
        return None
    try:
        release = _said(found, "--version").split()[1]
        known = set(_said(found, "--list-langs").split())
    except (OSError, subprocess.SubprocessError, IndexError):
        return None
    return EngineCard("tesseract", release, LANGUAGES) if known >= set(LANGUAGES) else None


def rapidocr() -> EngineCard:
    return EngineCard("rapidocr", version("rapidocr"), LANGUAGES)


def first() -> EngineCard:
    """What reads a page first."""
    return tesseract() or rapidocr()


def _said(found: str, question: str) -> str:
    answer = subprocess.run(  # noqa: S603 - a fixed command line
        [found, question], capture_output=True, text=True, timeout=_ASK_SECONDS, check=True, env=TESSERACT_ENVIRONMENT
    )
    return answer.stdout
