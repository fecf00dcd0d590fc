"""A newcomer's path, over HTTP, on real processes and real engines."""

import io
import time
from pathlib import Path
from uuid import UUID

import pytest
import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from passepartout.jobs.models import Job
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import owner
from tests.processes import PASSWORD, assert_indexed_exactly_once, final, sent, waited_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
FONT, SIZE, LEFT, TOP, LEADING = "Vera", 11, 72, 760, 22
PAGES = [
    [
        "Guide d'accueil de la Villa des Pins",
        "Bienvenue à la villa. Ce guide répond aux questions les plus fréquentes.",
        "Les clés vous attendent dans la boîte rouge, à gauche du portail.",
        "L'arrivée est possible à partir de seize heures.",
    ],
    [
        "Séjour et équipements",
        "La piscine chauffée est ouverte de neuf heures à vingt heures.",
        "Le tri des déchets est obligatoire : les bacs jaunes sortent le mardi soir.",
        "Le mot de passe du réseau sans fil figure derrière le compteur électrique.",
    ],
    [
        "Départ",
        "Le départ se fait avant onze heures, le ménage étant compris dans le prix.",
        "Une caution de trois cents euros est rendue sous dix jours.",
        "Déposez les clés dans la boîte rouge après avoir fermé les volets.",
    ],
]
NOTICE = (
    "# Delivery notice\n\nParcels for guests are kept at the reception desk. "
    "The reception desk closes at nine in the evening. Fragile parcels must be signed for by the guest. "
    "Unclaimed parcels are returned to the sender after fourteen days.\n"
)
LONG = "\n\n".join(f"Article {n}. " + "Le gardien relève les compteurs chaque lundi matin. " * 12 for n in range(60))


def guide():
    pdfmetrics.registerFont(TTFont(FONT, str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf")))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setTitle("Guide d'accueil")
    for lines in PAGES:
        canvas.setFont(FONT, SIZE)
        for number, line in enumerate(lines):
            canvas.drawString(LEFT, TOP - LEADING * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def assert_drawn_at(citation, sentence):
    """Page and box of a quote are where reportlab wrote it."""
    page, number = next((p, n) for p, lines in enumerate(PAGES, 1) for n, line in enumerate(lines) if sentence in line)
    before = stringWidth(PAGES[page - 1][number].partition(sentence)[0], FONT, SIZE)
    (box,) = citation["boxes"]
    assert (citation["page"], box["page"]) == (page, page)
    assert (box["page_width"], box["page_height"]) == pytest.approx(A4, abs=0.5)
    baseline = A4[1] - (TOP - LEADING * number)
    assert box["y0"] < baseline - SIZE / 2 < baseline <= box["y1"] + 1
    assert box["y1"] - box["y0"] < LEADING
    # A line is cut at its quote's ends in proportion to its characters: letters differ in width.
    assert box["x0"] == pytest.approx(LEFT + before, abs=SIZE * 2)
    assert box["x1"] == pytest.approx(LEFT + before + stringWidth(sentence, FONT, SIZE), abs=SIZE * 2)


def first_administrator(running):
    """By the one-time link that `./run up` prints; gives the access token."""
    link = running.command("first_run_link").strip()
    token = link.removeprefix("/first-run/").removesuffix("/")
    form = {"token": token, "email": "marie@example.org", "password": PASSWORD, "organization": "Villa des Pins"}
    with running.api() as nobody:
        created = nobody.post("auth/first-owner/", json=form)
        assert created.status_code == 201, created.text
        again = nobody.post("auth/first-owner/", json={**form, "email": "eve@example.org"})
        assert again.json()["code"] == "first_run_over"
    return UUID(created.json()["id"])


def ask(client, question, **more):
    answer = client.post("ask/", json={"question": question, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_from_the_first_link_to_cited_answers_while_others_see_nothing(platform):
    running = platform()
    running.start("web", "worker", "courier", "beat")
    organization = first_administrator(running)
    stranger = owner("charlie@example.net", "Logistique du Nord")
    with running.signed_in("marie@example.org") as marie, running.signed_in(stranger.email) as charlie:
        french, english = sent(marie, guide(), "Guide d'accueil.pdf"), sent(marie, NOTICE, "notice.md")
        assert set(final(marie, [french, english], seconds=60).values()) == {"indexed"}
        described = marie.get(f"documents/{french}/").json()
        assert (described["pages"], described["language"], described["mime"]) == (3, "fr", "application/pdf")

        for question, sentence in (
            ("À quelle heure ouvre la piscine chauffée ?", PAGES[1][1]),
            ("Quel est le montant de la caution rendue ?", PAGES[2][2]),
            ("À partir de quelle heure l'arrivée est-elle possible ?", PAGES[0][3]),
        ):
            body = ask(marie, question)
            citation = next(c for c in body["citations"] if c["quote"] == sentence)
            assert f"{sentence} {citation['label']}" in body["answer"]
            assert (citation["document"], body["language"]) == (french, "fr")
            assert_drawn_at(citation, sentence)
            picture = marie.get(f"documents/{french}/pages/{citation['page']}.png?width=400")
            assert picture.headers["content-type"] == "image/png"

        body = ask(marie, "When does the reception desk close?")
        assert "The reception desk closes at nine in the evening." in [c["quote"] for c in body["citations"]]
        assert (body["citations"][0]["document"], body["language"]) == (english, "en")
        assert ask(marie, "Qui a gagné la coupe du monde ?")["answer"].startswith("Je ne sais pas")

        assert_sees_nothing(running, charlie, marie, [french, english], body["conversation"])
        assert_survives_a_kill(running, marie, organization)


def assert_sees_nothing(running, charlie, marie, idents, conversation):
    assert charlie.get("documents/").json()["results"] == []
    assert charlie.get("jobs/").json()["results"] == []
    assert charlie.get("conversations/").json()["results"] == []
    assert charlie.get(f"conversations/{conversation}/messages/").status_code == 404
    assert charlie.get("search/", params={"q": "piscine"}).json()["results"] == []
    body = ask(charlie, "À quelle heure ouvre la piscine chauffée ?")
    assert (body["citations"], body["sources"]) == ([], [])
    for ident in idents:
        for path in ("", "status/", "chunks/", "file/", "pages/1.png"):
            assert charlie.get(f"documents/{ident}/{path}").status_code == 404, path
        assert charlie.post("ask/", json={"question": "piscine ?", "document_ids": [ident]}).status_code == 404
        assert charlie.post(f"documents/{ident}/actions/delete/").status_code == 404
        link = marie.get(f"documents/{ident}/file/").headers["location"]
        assert charlie.get(running.url + link.replace("signature=", "signature=x")).status_code == 403
    with running.api() as nobody:
        assert nobody.get("documents/").status_code == 401


def assert_survives_a_kill(running, marie, organization):
    ident = sent(marie, LONG, "relevés.txt")

    def embedding():
        with tenant(organization):
            return Job.objects.filter(subject_id=ident, state="running", step="embedding").exists()

    waited_for(embedding, seconds=60, every=0.02)
    time.sleep(0.1)
    running.kill("worker")
    assert marie.get(f"documents/{ident}/status/").json()["status"] == "embedding"
    running.start("worker")
    assert final(marie, [ident], seconds=60) == {ident: "indexed"}
    assert_indexed_exactly_once(organization, marie, ident)
    with tenant(organization):
        assert Job.objects.get(subject_id=ident).attempt == 2
