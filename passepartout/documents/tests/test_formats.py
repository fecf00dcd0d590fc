"""Every format goes from upload to an answerable document, found on its right page under its right heading."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engines.reading.tests import office_files as files
from engines.reading.tests.pdfs import drawn, text_at
from engines.reading.tests.test_facturx import XML, hybrid
from passepartout.documents.factories import indexed, uploaded, work

pytestmark = pytest.mark.django_db
URL = "/api/v1/documents/"
WEB = "<html><head><title>x</title></head><body><h1>Accès</h1><p>Le portail ferme à minuit précises.</p></body></html>"


def book(workbook: Any) -> None:
    workbook.active.append(["Prestation", "Tarif", "Délai"])
    workbook.active.append(["Ménage", "45 €", "24 h"])
    second = workbook.create_sheet("Casiers")
    second.append(["Casier", "Quai", "Clé"])
    second.append(["C12", "quai des brumes", "B7"])


def made(make: Callable[..., Path], fill: Callable[[Any], None]) -> Callable[[Path], bytes]:
    return lambda path: make(path, fill).read_bytes()


FORMATS: dict[str, tuple[Callable[[Path], bytes], str, int, str, str]] = {
    # name: content, question, page, heading, what the part says word for word
    "a.docx": (made(files.word, files.letter), "dépôt de garantie", 1, "Dépôt de garantie", "est de 850 euros"),
    "a.xlsx": (made(files.workbook, book), "casier C12", 2, "Casiers", "Casier: C12 | Quai: quai des brumes | Clé: B7"),
    "a.pptx": (made(files.slides, files.two_slides), "départ quai 4", 1, "Tournée du matin", "Départ du quai 4"),
    "a.html": (lambda _: WEB.encode(), "portail minuit", 1, "Accès", "Le portail ferme à minuit"),
    "a.csv": (lambda _: b"Colis;Ville;Poids\n1Z9;Annecy;12\n", "colis Annecy", 1, "", "Ville: Annecy"),
    "a.eml": (
        lambda path: files.message(("bail.docx", made(files.word, files.letter)(path))),
        "dépôt de garantie",
        2,
        "Dépôt de garantie",
        "est de 850 euros",
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_lies_about_its_format_is_refused_with_a_reason(api, alice, name):
    ident = uploaded(api(alice), b"PK\x03\x04" + b"\0" * 300 if name.endswith("x") else b"From: a<b>\n" * 5, name)
    work(alice.organization)
    body = api(alice).get(f"{URL}{ident}/").json()
    if name.endswith("x"):
        assert (body["status"], body["error"]["code"]) == ("rejected", "file_corrupt")
    else:
        assert body["status"] == "indexed", "text is text"


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_is_found_on_its_page_under_its_heading(api, alice, tmp_path, name):
    make, question, page, heading, words = FORMATS[name]
    client = api(alice)
    ident = indexed(client, alice, make(tmp_path / f"made{Path(name).suffix}"), name)
    body = client.get(f"{URL}{ident}/").json()
    assert (body["status"], body["error"]) == ("indexed", None)
    hit = client.get("/api/v1/search/", {"q": question}).json()["results"][0]
    assert hit["document"] == ident
    assert words in hit["text"]
    assert hit["page"] <= page <= hit["page_to"]
    chunks = client.get(f"{URL}{ident}/chunks/").json()
    part = next(chunk for chunk in chunks if chunk["part"] == hit["part"])
    assert heading in part["text"]
    assert client.get(f"{URL}{ident}/pages/1.png").json()["code"] == "no_pages"


def test_text_hidden_in_an_office_file_is_neither_found_nor_cited_and_its_owner_is_told(api, alice, tmp_path):
    client = api(alice)
    content = files.word(tmp_path / "a.docx", files.hidden_runs).read_bytes()
    ident = indexed(client, alice, content, "a.docx")
    assert client.get(f"{URL}{ident}/").json()["warnings"] == ["hidden_text:1:3"]
    texts = [chunk["text"] for chunk in client.get(f"{URL}{ident}/chunks/").json()]
    assert texts == ["Visible. Red."]


def test_the_data_of_a_hybrid_invoice_are_its_first_part_and_its_page_keeps_its_boxes(api, alice, tmp_path):
    client = api(alice)
    content = hybrid(tmp_path / "a.pdf", XML.encode()).read_bytes()
    ident = indexed(client, alice, content, "facture.pdf")
    first, second = client.get(f"{URL}{ident}/chunks/").json()
    assert first["text"].startswith("# Facture FA-2026-0117\n")
    assert "Total TTC: 108.00 EUR" in first["text"]
    assert (first["page_from"], first["page_to"], first["boxes"]) == (1, 1, [])
    assert second["text"] == "Facture FA-2026-0118 de 109 euros"
    ((page, start, end, *_),) = second["boxes"]
    assert (page, start, end) == (1, 0, len(second["text"]))
    hit = client.get("/api/v1/search/", {"q": "SIRET 73282932000074"}).json()["results"][0]
    assert (hit["document"], hit["part"], hit["page"]) == (ident, 1, 1)


def test_the_pdf_engine_is_the_one_that_the_settings_name(api, alice, settings, tmp_path):
    settings.PDF_ENGINE = "pymupdf"
    client = api(alice)
    ident = uploaded(client, drawn(tmp_path / "a.pdf", text_at((72, 700, "Bonjour à tous"))).read_bytes(), "a.pdf")
    for _ in range(3):
        work(alice.organization)
    body = client.get(f"{URL}{ident}/").json()
    if importlib.util.find_spec("pymupdf") is None:
        assert (body["status"], body["error"]["code"]) == ("failed", "reader_unavailable"), "the file is not at fault"
    else:
        assert body["status"] == "indexed"
