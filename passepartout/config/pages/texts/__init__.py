"""Every sentence of the pages, in both languages: ``page`` for the templates, ``script`` for the ES modules."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@cache
def texts(language: str) -> Mapping[str, Any]:
    """``language`` is one of settings.LANGUAGES. Raises FileNotFoundError for another."""
    loaded: Mapping[str, Any] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return loaded
