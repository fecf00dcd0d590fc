"""GET /api/v1/documents/{id}/file/ and the signed link it leads to."""

import io
from datetime import timedelta
from uuid import UUID

import pytest
from django.core import signing
from PIL import Image

from engines.reading.tests.pdfs import drawn, image_bomb, text_at
from passepartout.documents.factories import indexed, uploaded
from passepartout.files import downloads
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.models import Membership

pytestmark = pytest.mark.django_db
URL = "/api/v1/documents/"
TEXT = "Le règlement intérieur."


@pytest.fixture
def client(api, alice):
    return api(alice)


def link_to(client, ident):
    answer = client.get(f"{URL}{ident}/file/")
    assert (answer.status_code, answer["Cache-Control"]) == (302, "no-store")
    return answer["Location"]


def refused(client, link, code=None):
    answer = client.get(link)
    assert answer.status_code in {403, 404}
    assert TEXT not in answer.content.decode()
    return code is None or answer.json()["code"] == code


def test_without_a_token_or_a_link_there_is_no_file(api, client):
    assert api().get(f"{URL}{uploaded(client, TEXT)}/file/").status_code == 401


@pytest.mark.parametrize("signature", ["", "x", "a:b:c", "é", "x" * 10_000, "\x00"])
def test_a_forged_link_is_refused(api, client, signature):
    ident = uploaded(client, TEXT)
    assert refused(api(), f"{URL}{ident}/file/?signature={signature}", "link_invalid")


def test_a_link_that_was_changed_is_refused(api, client):
    link = link_to(client, uploaded(client, TEXT))
    assert refused(api(), link[:-1] + ("A" if link[-1] != "A" else "B"), "link_invalid")


def test_a_signature_made_for_another_purpose_is_refused(api, alice, client):
    ident = uploaded(client, TEXT)
    token = signing.dumps([str(alice.organization.pk), str(alice.user.pk), ident], salt="something else")
    assert refused(api(), f"{URL}{ident}/file/?signature={token}", "link_invalid")


def test_a_link_opens_its_own_document_only(api, client):
    first, second = uploaded(client, TEXT), uploaded(client, "autre")
    link = link_to(client, second).replace(second, first)
    assert refused(api(), link, "link_invalid")


def test_an_old_link_has_expired(api, client, monkeypatch):
    link = link_to(client, uploaded(client, TEXT))
    monkeypatch.setattr(downloads, "MAX_AGE", timedelta(seconds=-1))
    assert refused(api(), link, "link_expired")


def test_a_link_made_for_another_organization_opens_nothing(api, charlie, client):
    ident = uploaded(client, TEXT)
    token = downloads.sign(organization=charlie.organization.pk, user=charlie.user.pk, target=UUID(ident))
    assert refused(api(), f"{URL}{ident}/file/?signature={token}")


def test_a_link_dies_with_the_membership_of_who_made_it(api, alice, client):
    leaver = colleague(alice, "leaver@example.org", "concierge")
    link = link_to(api(leaver), uploaded(client, TEXT))
    with tenant(alice.organization.pk):
        Membership.objects.filter(user=leaver.user).update(active=False)
    assert refused(api(), link, "organization_forbidden")


def test_a_link_dies_with_the_visibility(api, bob, client):
    ident = uploaded(client, TEXT)
    link = link_to(api(bob), ident)
    client.patch(f"{URL}{ident}/", {"visibility": "private"})
    assert refused(api(), link, "not_found")


def test_the_link_gives_the_bytes_to_be_saved_and_never_rendered(api, client):
    ident = uploaded(client, TEXT, 'Règlement "2026".txt')
    answer = api().get(link_to(client, ident))
    assert b"".join(answer) == TEXT.encode()
    assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''R%C3%A8glement%20%222026%22.txt"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert int(answer["Content-Length"]) == len(TEXT.encode())


def test_a_pdf_may_be_shown_in_the_page(api, client, tmp_path):
    pdf = drawn(tmp_path / "a.pdf", text_at((50, 700, "Bonjour"))).read_bytes()
    answer = api().get(link_to(client, uploaded(client, pdf, "a.pdf")))
    assert answer["Content-Disposition"].startswith("inline;")
    assert (answer["Content-Type"], b"".join(answer)) == ("application/pdf", pdf)


def test_a_stored_file_that_is_missing_is_said_and_not_a_crash(api, client, tmp_path):
    pdf = drawn(tmp_path / "a.pdf", text_at((50, 700, "Bonjour"))).read_bytes()
    ident = uploaded(client, pdf, "a.pdf")
    link = link_to(client, ident)
    for path in (tmp_path / "objects" / "objects").rglob("*"):
        path.is_file() and path.unlink()
    for answer in (api().get(link), client.get(f"{URL}{ident}/pages/1.png")):
        assert (answer.status_code, answer.json()["code"]) == (404, "file_missing")


@pytest.fixture
def two_pages(client, alice, tmp_path):
    pdf = drawn(tmp_path / "b.pdf", text_at((50, 700, "un")), text_at((50, 700, "deux")))
    return indexed(client, alice, pdf.read_bytes(), "b.pdf")


@pytest.mark.parametrize("number", ["0", "3", "99999", "1" + "0" * 30, "-1", "x", "1.5", "9" * 5000])
def test_a_page_that_is_not_there(client, two_pages, number):
    assert client.get(f"{URL}{two_pages}/pages/{number}.png").status_code == 404


@pytest.mark.parametrize("width", ["99", "2001", "0", "-5", "x", "", "1e3", "00200000000", "١٠٠٠", "9" * 5000])
def test_a_width_out_of_bounds(client, two_pages, width):
    answer = client.get(f"{URL}{two_pages}/pages/1.png?width={width}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "width")


def test_a_text_has_no_pages_to_draw(client):
    answer = client.get(f"{URL}{uploaded(client, TEXT)}/pages/1.png")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_pages")


def test_a_page_is_a_picture_of_the_width_asked_for(client, two_pages):
    answer = client.get(f"{URL}{two_pages}/pages/2.png?width=300")
    assert answer["Content-Type"] == "image/png"
    assert answer["Cache-Control"].startswith("private")
    picture = Image.open(io.BytesIO(answer.content))
    assert (picture.width, picture.height) == (300, 425)
    assert min(picture.convert("L").tobytes()) < 100, "no ink"


def test_a_page_that_is_a_bomb_is_refused_and_harms_nobody(client, two_pages):
    ident = uploaded(client, image_bomb(), "bombe.pdf")
    answer = client.get(f"{URL}{ident}/pages/1.png")
    assert answer.status_code in {200, 404}, answer.content
    assert client.get(f"{URL}{two_pages}/pages/1.png").status_code == 200


def photograph(**how):
    content, exif = io.BytesIO(), Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker", 6
    exif.get_ifd(0x8825)[1] = "N"
    Image.effect_noise((60, 40), 50).convert("RGB").save(content, "JPEG", exif=exif, **how)
    return content.getvalue()


def test_a_picture_is_served_without_its_place_and_stored_as_it_was_sent(client, alice):
    sent_bytes = photograph()
    assert 0x8825 in Image.open(io.BytesIO(sent_bytes)).getexif()
    ident = uploaded(client, sent_bytes, "degats.jpg")
    answer = client.get(link_to(client, ident))
    served = b"".join(answer.streaming_content)
    assert int(answer["Content-Length"]) == len(served)
    assert dict(Image.open(io.BytesIO(served)).getexif()) == {0x0112: 6}
    assert Image.open(io.BytesIO(served)).tobytes() == Image.open(io.BytesIO(sent_bytes)).tobytes()
    assert uploaded(client, sent_bytes, "encore.jpg") == ident, "the same file is still known by its sha256"


def test_a_picture_that_cannot_be_looked_into_is_not_served(client):
    ident = uploaded(client, photograph()[:40], "casse.jpg")
    answer = client.get(link_to(client, ident))
    assert (answer.status_code, answer.json()["code"]) == (404, "file_corrupt")
