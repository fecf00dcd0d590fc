"""Both languages say everything, and nothing is said that no page shows."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import passepartout.config
from engines.reading.errors import BY_CODE
from passepartout.config.pages.texts import texts
from passepartout.documents.services import REJECTED

HOME = Path(passepartout.config.__file__).parent
TEMPLATES = "".join(path.read_text() for path in sorted((HOME / "templates/pages").glob("*.html")))
SCRIPTS = "".join(path.read_text() for path in sorted((HOME / "static/pages").glob("*.js")))
JOB_ENDS = {"worker_lost", "internal_error", "vectors_missing"}


def flat(branch: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in branch.items():
        here = f"{path}.{name}" if path else name
        if isinstance(value, str):
            yield here, value
        else:
            yield from flat(value, here)


FRENCH, ENGLISH = dict(flat(texts("fr"))), dict(flat(texts("en")))


def test_french_and_english_have_the_same_texts():
    assert FRENCH.keys() == ENGLISH.keys()


@pytest.mark.parametrize("key", FRENCH)
def test_a_text_names_the_same_values_in_both_languages_and_is_not_empty(key):
    def values(text):
        return set(re.findall(r"\{\w+\}", text))

    assert values(FRENCH[key]) == values(ENGLISH[key])
    assert FRENCH[key].strip()
    assert ENGLISH[key].strip()


def test_every_text_of_the_templates_exists_and_is_used():
    used = {name.removeprefix("t.") for name in re.findall(r"\bt\.page\.[\w.]+", TEMPLATES)}
    assert used == {key for key in FRENCH if key.startswith("page.")}


def test_every_text_that_a_script_names_exists():
    named = set(re.findall(r'\bt\("([\w.]+)"', SCRIPTS))
    branches = {key.removeprefix("script.").removesuffix(".one").removesuffix(".other") for key in FRENCH}
    assert named
    assert named <= branches | {key.removeprefix("script.") for key in FRENCH}


def test_every_end_of_indexing_has_a_sentence():
    codes = set(BY_CODE) | REJECTED | JOB_ENDS
    assert codes <= {key.removeprefix("script.errors.") for key in FRENCH}


def test_scripts_never_write_markup():
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", SCRIPTS)
