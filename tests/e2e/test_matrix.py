"""Every page × language × theme × width: no barrier (WCAG 2.2 AA), no console line, no other host, no sideways scroll.

`MATRIX=full ./run test tests/e2e/test_matrix.py` takes all of it; otherwise each page is seen twice, and every
language, theme and width meets every other.
"""

import os
from itertools import product

import pytest

from tests.e2e.app import filled, routes

pytestmark = [pytest.mark.slow, pytest.mark.live, pytest.mark.usefixtures("application_administrator")]
FULL = os.environ.get("MATRIX") == "full"
EVERY = list(product(("fr-FR", "en-GB"), ("light", "dark"), (1280, 390)))
# A covering array of strength two.
FEW = [("fr-FR", "light", 1280), ("en-GB", "dark", 1280), ("fr-FR", "dark", 390), ("en-GB", "light", 390)]
ELSEWHERE = {"/first-run/:token"}  # until somebody exists: test_application.py
OPEN = {"/login", "/password", "/password/:ident/:token"}


def share(number: int) -> list[str]:
    every = [route for route in [*routes(), "/nowhere/at/all"] if route not in ELSEWHERE]
    return every if FULL else [route for place, route in enumerate(every) if place % 2 == number // 2 % 2]


@pytest.mark.parametrize("combination", EVERY if FULL else FEW, ids=lambda each: f"{each[0][:2]}-{each[1]}-{each[2]}")
def test_every_page_is_open_to_everybody_and_quiet(read, world, combination):
    locale, scheme, width = combination
    reader = read(locale=locale, color_scheme=scheme, width=width, has_touch=width < 600)
    number = (EVERY if FULL else FEW).index(combination)
    reader.sign_in()
    found = []
    for route in sorted(share(number), key=OPEN.__contains__):
        reader.go(filled(route, world))
        found += [f"{route}: {barrier}" for barrier in reader.barriers()]
        found += [f"{route}: scrolls sideways"] if reader.scrolls_sideways() else []
        found += [f"{route}: {complaint}" for complaint in reader.complaints]
        reader.complaints.clear()
    assert found == []
