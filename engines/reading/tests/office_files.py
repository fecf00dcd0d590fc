"""Office files, web pages and messages made for the tests."""

import io
import zipfile
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
from docx.shared import Pt, RGBColor
from PIL import Image
from pptx.util import Inches

TARIFF = (("Prestation", "Tarif", "Délai"), ("Ménage", "45 €", "24 h"), ("Linge", "18,50 €", "48 h"))


def word(path: Path, fill: Callable[[Any], None]) -> Path:
    document = docx.Document()
    fill(document)
    document.save(str(path))
    return path


def letter(document: Any) -> None:
    """Two headings, a list, a table, a header and a footer."""
    document.core_properties.title = "Contrat de conciergerie"
    document.sections[0].header.paragraphs[0].text = "Maison Lavande"
    document.sections[0].footer.paragraphs[0].text = "SIRET 732 829 320 00074"
    document.add_heading("Contrat", 0)
    document.add_heading("Dépôt de garantie", 1)
    document.add_paragraph("Le dépôt de garantie est de 850 euros.")
    for item in ("les clés", "le badge"):
        document.add_paragraph(item, style="List Bullet")
    document.add_heading("Tarifs", 2)
    table = document.add_table(rows=3, cols=3)
    for row, cells in zip(table.rows, TARIFF, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text


def hidden_runs(document: Any) -> None:
    """One visible run and the ways to hide one."""
    paragraph = document.add_paragraph("Visible. ")
    paragraph.add_run("Vanished. ").font.hidden = True
    paragraph.add_run("White. ").font.color.rgb = RGBColor(0xFF, 0xFF, 0xFF)
    paragraph.add_run("Tiny. ").font.size = Pt(1)
    paragraph.add_run("Red.").font.color.rgb = RGBColor(0xC0, 0, 0)


def workbook(path: Path, fill: Callable[[Any], None]) -> Path:
    book = openpyxl.Workbook()
    fill(book)
    book.save(path)
    return path


def slides(path: Path, fill: Callable[[Any], None]) -> Path:
    show = pptx.Presentation()
    fill(show)
    show.save(str(path))
    return path


def two_slides(show: Any) -> None:
    """A slide with a title, texts, a table and notes; a second with a picture."""
    first = show.slides.add_slide(show.slide_layouts[5])
    first.shapes.title.text = "Tournée du matin"
    box = first.shapes.add_textbox(Inches(1), Inches(2), Inches(4), Inches(1))
    box.text_frame.text = "Départ du quai 4 à six heures."
    table = first.shapes.add_table(3, 3, Inches(1), Inches(4), Inches(6), Inches(1)).table
    for row, cells in enumerate(TARIFF):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    first.notes_slide.notes_text_frame.text = "Prévenir le chauffeur."
    second = show.slides.add_slide(show.slide_layouts[5])
    second.shapes.title.text = "Plan d'accès"
    second.shapes.add_picture(io.BytesIO(picture()), Inches(1), Inches(2))


def picture(size: tuple[int, int] = (40, 30)) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, "navy").save(content, "PNG")
    return content.getvalue()


def message(*attachments: tuple[str, bytes], text: str = "Bonjour,\nvoici le bordereau.", page: str = "") -> bytes:
    """A message from Bob to Alice."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "Bob <bob@example.org>", "Alice <alice@example.org>"
    mail["Subject"], mail["Date"] = "Livraison n° 12 retardée", "Mon, 02 Mar 2026 09:30:00 +0100"
    if text:
        mail.set_content(text)
    if page:
        mail.add_alternative(page, subtype="html") if text else mail.set_content(page, subtype="html")
    for name, content in attachments:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return content.getvalue()


def with_part(path: Path, name: str, content: bytes) -> Path:
    """The same file with one part put in the place of another."""
    with zipfile.ZipFile(path) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    path.write_bytes(zipped({**members, name: content}))
    return path


def part_of(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)
