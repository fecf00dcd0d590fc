"""Rows that name their columns."""

import pytest

from engines.reading.tables import is_number, rows_as_text

HEADER = ["Prestation", "Tarif", "Délai"]


@pytest.mark.parametrize("rows", [[], [[]], [["", ""], ["  "]]])
def test_an_empty_table_is_no_text(rows: list[list[str]]) -> None:
    assert rows_as_text(rows) == ""


def test_each_row_names_its_columns() -> None:
    text = rows_as_text([HEADER, ["Ménage", "45 €", "24 h"], ["Linge", "", "48\nh"]])
    assert text == "Prestation: Ménage | Tarif: 45 € | Délai: 24 h\nPrestation: Linge | Délai: 48 h"


def test_a_table_whose_first_row_is_not_a_header_keeps_it_as_a_row() -> None:
    assert rows_as_text([["1", "2", "3"], ["4", "5", "6"]]) == "1 | 2 | 3\n4 | 5 | 6"
    assert rows_as_text([["a", "a", "b"], ["c", "d", "e"]]) == "a | a | b\nc | d | e"


def test_two_columns_are_labels_and_values_unless_figures_stand_under_a_name() -> None:
    assert (
        rows_as_text([["Loyer", "charges comprises"], ["Ville :", "Lyon"]]) == "Loyer: charges comprises\nVille: Lyon"
    )
    assert rows_as_text([["Mois", "Nuits"], ["Mai", "12"], ["Juin", "17"]]) == (
        "Mois: Mai | Nuits: 12\nMois: Juin | Nuits: 17"
    )


def test_what_the_format_says_of_a_header_wins_over_how_it_looks() -> None:
    assert rows_as_text([["2025", "2026"], ["1", "2"]], headed=True) == "2025: 1 | 2026: 2"
    assert rows_as_text([HEADER, ["a", "b", "c"]], headed=False).startswith("Prestation | Tarif")


def test_a_cell_beyond_the_header_or_under_an_empty_name_stands_alone() -> None:
    assert (
        rows_as_text([["", "Nuits", "Prix"], ["Mai", "12", "80 €", "soldé"]]) == "Mai | Nuits: 12 | Prix: 80 € | soldé"
    )


@pytest.mark.parametrize("cell", ["12", "1 234,50 €", "-3,5 %", "02/03/2026", "12 kg", "€ 5", "(12.50)", "14:30"])
def test_figures_are_known(cell: str) -> None:
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["", "Tarif", "quai 4", "n° 12", "A12"])
def test_words_are_no_figures(cell: str) -> None:
    assert not is_number(cell)
