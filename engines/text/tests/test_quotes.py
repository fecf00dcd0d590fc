"""A quote is found again whatever line ends, hyphens and ligatures did to it, and only if its words are there."""

import pytest

from engines.text.quotes import find

PAGE = (
    "Le déla-\ni est de «  trente jours » ; l’oﬃce\nouvre à 8 h :\nporte-manteau. "
    "E\u0301te\u0301, prix\u00a0: 1 780,00\u202f€."
)


@pytest.mark.parametrize(
    "quote",
    [
        "Le délai est de soixante jours",
        "Le delai est de trente jours",
        "prix : 1 781,00 €",
        "trente jours ouvrés",
        "jours",
        "",
        "…?!",
    ],
)
def test_other_words_and_too_short_ones_are_not_found(quote):
    assert find(PAGE, quote) is None


@pytest.mark.parametrize(
    ("quote", "written"),
    [
        ('délai est de "trente jours"', "déla-\ni est de «  trente jours »"),
        ("l'office ouvre à 8 h: portemanteau", "l’oﬃce\nouvre à 8 h :\nporte-manteau"),
        ("porte-manteau.", "porte-manteau."),
        ("le DÉLAI est de « trente", "Le déla-\ni est de «  trente"),
        ("été, prix : 1 780,00 €", "E\u0301te\u0301, prix\u00a0: 1 780,00\u202f€"),
    ],
)
def test_it_is_found_where_it_stands_as_it_is_written(quote, written):
    place = find(PAGE, quote)
    assert place is not None
    assert PAGE[slice(*place)] == written


def test_nothing_is_found_in_nothing():
    assert find("", "trente jours") is None
