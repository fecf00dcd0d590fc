"""The boxes of a citation lie on the ink of its words, as the page is drawn."""

import io
from contextlib import closing

import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from passepartout.documents.factories import indexed

pytestmark = pytest.mark.django_db
WIDTH = 1190  # two pixels a point on A4
TOPICS = {
    "piscine": "La piscine ouvre à huit heures et demie précises.",
    "portail": "Le code du portail est le quatre mille huit cent douze.",
    "ménage": "Le ménage coûte quarante euros par séjour.",
    "navette": "La navette part toutes les vingt minutes de la gare.",
}


def pdf(rotation):
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for number, sentence in enumerate(TOPICS.values()):
        canvas.setFont("Helvetica", 13)
        canvas.drawString(60, 780, f"Chapitre {number + 1}")
        canvas.drawString(60, 600 - 90 * number, sentence)
        canvas.showPage()
    canvas.save()
    turned = io.BytesIO()
    with closing(pypdfium2.PdfDocument(out.getvalue())) as document:
        for page in document:
            page.set_rotation(rotation)
            page.close()
        document.save(turned)
    return turned.getvalue()


def dark_pixels(picture):
    return picture.convert("L").point(lambda value: 255 if value < 140 else 0)


def extent(bounds):
    """(long side, short side) of what is drawn, in pixels."""
    left, top, right, bottom = bounds
    return max(right - left, bottom - top), min(right - left, bottom - top)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("topic", TOPICS)
def test_a_citations_boxes_lie_on_the_ink_of_its_words(api, alice, topic, rotation):
    client = api(alice)
    ident = indexed(client, alice, pdf(rotation), "guide.pdf")
    sentence = TOPICS[topic]
    body = client.post("/api/v1/ask/", {"question": f"{sentence[:-1]} ?"}).json()
    (citation,) = [c for c in body["citations"] if c["quote"] == sentence]
    assert citation["page"] == list(TOPICS).index(topic) + 1
    (box,) = citation["boxes"]
    assert (box["page_width"], box["page_height"]) == pytest.approx(A4[::-1] if rotation % 180 else A4, abs=0.5)

    page = client.get(f"/api/v1/documents/{ident}/pages/{citation['page']}.png?width={WIDTH}").content
    picture = Image.open(io.BytesIO(page))
    scale = picture.width / box["page_width"]
    ink = dark_pixels(picture)
    # A pixel more on each side: a letter may lean out of its line by the width of its smoothing.
    frame = tuple(round(box[name] * scale) + lean for name, lean in (("x0", -1), ("y0", -1), ("x1", 1), ("y1", 1)))
    inside, outside = Image.new("L", picture.size), ink.copy()
    inside.paste(ink.crop(frame), frame[:2])
    outside.paste(0, frame)

    width = stringWidth(sentence, "Helvetica", 13) * scale
    long, short = extent(inside.getbbox())
    assert long == pytest.approx(width, abs=3 * scale), "the box does not hold the whole sentence"
    assert short < 14 * scale
    heading = stringWidth("Chapitre 1", "Helvetica", 13) * scale
    assert extent(outside.getbbox())[0] < heading + 3 * scale, "ink of the sentence is left outside"
