"""POST /api/v1/auth/password/reset/ and /confirm/."""

import re

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core import mail

from passepartout.audit.selectors import recent
from passepartout.kernel.scope import tenant
from passepartout.tenancy.models import User

pytestmark = pytest.mark.django_db
ASK = "/api/v1/auth/password/reset/"
CONFIRM = "/api/v1/auth/password/reset/confirm/"
NEW = "another long sentence 42"


def mailed(api, person):
    assert api().post(ASK, {"email": person.email}).status_code == 202
    found = re.search(r"/password/([^/]+)/([^/]+)/", str(mail.outbox[-1].body))
    assert found is not None
    return {"ident": found[1], "token": found[2], "password": NEW}


def test_an_unknown_address_gets_the_same_answer_and_no_mail(api, alice):
    unknown = api().post(ASK, {"email": "nobody@example.org"})
    assert mail.outbox == []
    known = api().post(ASK, {"email": alice.email})
    assert (unknown.status_code, unknown.content) == (known.status_code, known.content) == (202, b"")
    assert [message.to for message in mail.outbox] == [[alice.email]]


def test_a_deactivated_user_is_mailed_nothing(api, alice):
    User.objects.filter(pk=alice.user.pk).update(is_active=False)
    assert api().post(ASK, {"email": alice.email}).status_code == 202
    assert mail.outbox == []


def test_a_mail_server_that_is_down_tells_nothing_about_who_is_known(api, alice, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert api().post(ASK, {"email": alice.email}).status_code == 202
    assert "mail not sent" in caplog.text
    assert alice.email not in caplog.text


@pytest.mark.parametrize("change", [{"token": "c1-" + "0" * 32}, {"ident": "AAAA"}, {"ident": "é"}, {"token": "x"}])
def test_a_forged_link_changes_nothing(api, alice, change):
    answer = api().post(CONFIRM, {**mailed(api, alice), **change})
    assert (answer.status_code, answer.json()["code"]) == (422, "link_invalid")
    assert api(alice) is not None


def test_the_link_of_one_user_does_not_open_another(api, alice, bob):
    link = mailed(api, alice)
    other = mailed(api, bob)
    assert api().post(CONFIRM, {**link, "ident": other["ident"]}).json()["code"] == "link_invalid"


def test_a_link_works_once(api, alice):
    link = mailed(api, alice)
    assert api().post(CONFIRM, link).status_code == 204
    assert api().post(CONFIRM, {**link, "password": "a third sentence 43"}).json()["code"] == "link_invalid"


def test_a_link_ends_after_an_hour(api, alice, monkeypatch):
    link = mailed(api, alice)
    now = default_token_generator._now()
    monkeypatch.setattr(default_token_generator, "_now", lambda: now.replace(year=now.year + 1))
    assert api().post(CONFIRM, link).json()["code"] == "link_invalid"


@pytest.mark.parametrize("weak", ["short", "password1234", "alice@example.org", ""])
def test_a_weak_password_is_refused_and_the_link_lives_on(api, alice, weak):
    link = mailed(api, alice)
    answer = api().post(CONFIRM, {**link, "password": weak})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "password"
    assert api().post(CONFIRM, link).status_code == 204


def test_a_new_password_ends_every_open_session(api, alice):
    client = api(alice)
    assert api().post(CONFIRM, mailed(api, alice)).status_code == 204
    assert client.get("/api/v1/me/").json()["code"] == "token_revoked"
    assert client.post("/api/v1/auth/refresh/").status_code == 401
    assert client.post("/api/v1/auth/token/", {"email": alice.email, "password": alice.password}).status_code == 401
    assert client.post("/api/v1/auth/token/", {"email": alice.email, "password": NEW}).status_code == 200
    with tenant(alice.organization.pk, alice.user.pk):
        assert "auth.password_reset" in [line.action_type for line in recent()]


def test_the_mail_speaks_the_language_of_its_reader(api, alice):
    User.objects.filter(pk=alice.user.pk).update(locale="en")
    mailed(api, alice)
    assert "choose your password" in mail.outbox[-1].subject
