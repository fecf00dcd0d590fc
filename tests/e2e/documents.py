"""Documents that the browser uploads."""

from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

HEIGHT = A4[1]
KEYS = "Un double des clés est conservé dans le coffre de l'agence de Villeurbanne."
KEYS_BASELINE = 560  # points from the bottom of the second page
CONTRACT = [
    [
        (760, "Contrat de conciergerie"),
        (720, "Le présent contrat couvre la livraison de colis dans la région lyonnaise."),
        (700, "La livraison intervient dans un délai de quarante-huit heures après l'enlèvement."),
        (680, "Chaque colis est assuré jusqu'à mille cinq cents euros."),
    ],
    [
        (600, "Les clés sont remises au gardien contre signature, entre huit heures et dix-neuf heures."),
        (KEYS_BASELINE, KEYS),
        (520, "Le contrat peut être résilié par lettre recommandée avec un préavis de trois mois."),
    ],
]
HOUSE = "# Consignes\n\nLe portail s'ouvre avec le badge.\n\nLa piscine est fermée du 1er octobre au 30 avril.\n"


def contract(folder: Path) -> Path:
    """Two pages of French; where each line stands is known."""
    path = folder / "Contrat du Parc.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for page in CONTRACT:
        canvas.setFont("Helvetica", 11)
        for baseline, line in page:
            canvas.drawString(60, baseline, line)
        canvas.showPage()
    canvas.save()
    return path


def house_rules(folder: Path) -> Path:
    path = folder / "Consignes.md"
    path.write_text(HOUSE, encoding="utf-8")
    return path


def parking(folder: Path) -> Path:
    """Uploaded by one test only: its row is there once, and nothing else moves it."""
    path = folder / "Parking.md"
    path.write_text("# Parking\n\nLa place numéro douze est celle du gardien.\n", encoding="utf-8")
    return path


def damaged(folder: Path) -> Path:
    path = folder / "Abîmé.pdf"
    path.write_bytes(b"%PDF-1.7\nthis is no PDF\n")
    return path


def program(folder: Path) -> Path:
    path = folder / "outil.exe"
    path.write_bytes(b"MZ" + bytes(64))
    return path
