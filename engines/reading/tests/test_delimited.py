"""CSV files as spreadsheets of several countries write them."""

from pathlib import Path

import pytest

from engines.reading import Limits, Reading
from engines.reading.delimited import CsvReader
from engines.reading.errors import FileCorrupt, TooMuchText

ROWS = 'Colis;Client;Poids\n1Z999;Hôtel de la Gare;12,5\n1Z998;"Dupont; fils";3\n'
EXPECTED = "Colis: 1Z999 | Client: Hôtel de la Gare | Poids: 12,5\nColis: 1Z998 | Client: Dupont; fils | Poids: 3"


def read(tmp_path: Path, content: bytes, limits: Limits | None = None) -> Reading:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    return CsvReader().read(path, limits or Limits())


def test_binary_content_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileCorrupt):
        read(tmp_path, b"a;b\n" + bytes(range(256)) * 20)


def test_a_file_larger_than_allowed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooMuchText):
        read(tmp_path, b"a;b\n" * 500, Limits(max_characters=100))


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_rows_name_their_columns_whatever_separates_them(tmp_path: Path, delimiter: str) -> None:
    content = 'Colis#Client#Poids\n1Z999#Gare#12\n1Z998#"Dupont # fils"#3\n'.replace("#", delimiter)
    text = read(tmp_path, content.encode()).pages[0].text
    assert text.split("\n")[0] == "Colis: 1Z999 | Client: Gare | Poids: 12"
    assert len(text.split("\n")) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found_and_said_when_it_is_a_guess(tmp_path: Path, encoding: str) -> None:
    reading = read(tmp_path, ROWS.encode(encoding))
    assert reading.pages[0].text == EXPECTED
    assert reading.warnings == (("encoding_guessed:1:1",) if encoding == "cp1252" else ())


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman"])
def test_an_older_machine_is_recognized_when_the_text_is_long_enough(tmp_path: Path, encoding: str) -> None:
    rows = "Colis;Client;Note\n" + "12;Hôtel de la Forêt;déjà livré à l'été, près du numéro créé\n" * 5
    assert "Hôtel de la Forêt | Note: déjà livré" in read(tmp_path, rows.encode(encoding)).pages[0].text


def test_the_separator_that_excel_was_told_is_taken(tmp_path: Path) -> None:
    assert read(tmp_path, b"sep=|\nNom|Quai|Ville\nA,b|4|Lyon\n").pages[0].text == "Nom: A,b | Quai: 4 | Ville: Lyon"


def test_a_long_file_is_several_pages_and_each_row_names_its_columns(tmp_path: Path) -> None:
    rows = "".join(f"colis {n},quai {n % 7},Lyon\n" for n in range(11_000))
    pages = read(tmp_path, f"Colis,Quai,Ville\n{rows}".encode()).pages
    assert [page.number for page in pages] == [1, 2, 3]
    lines = [line for page in pages for line in page.text.split("\n")]
    assert len(lines) == 11_000
    assert all(line.startswith(f"Colis: colis {n} | Quai: quai ") for n, line in enumerate(lines))


def test_an_open_quote_reaches_no_further_than_its_file(tmp_path: Path) -> None:
    assert "fin" in read(tmp_path, b'a,b\n"jamais,ferm\xc3\xa9\nfin').pages[0].text
    with pytest.raises(FileCorrupt):
        read(tmp_path, b'a,b\n"' + b"x" * 600_000)
