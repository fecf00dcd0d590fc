"""POST /api/v1/auth/first-owner/: the one-time link that `./run up` prints."""

import io
from datetime import timedelta

import pytest
from django.core import signing
from django.core.management import CommandError, call_command

from passepartout.tenancy import first_run
from passepartout.tenancy.models import User

pytestmark = pytest.mark.django_db
URL = "/api/v1/auth/first-owner/"


def form(**changes):
    return {
        "token": first_run.token(),
        "email": "First@Example.org",
        "password": "correct horse battery staple",
        "organization": "Conciergerie du Parc",
        **changes,
    }


@pytest.mark.parametrize(
    "token",
    ["", "forged", signing.dumps("first administrator", salt="another purpose")],
    ids=["empty", "forged", "of another purpose"],  # a signature holds the time, and both workers must agree on names
)
def test_a_forged_link_creates_nobody(api, token):
    assert api().post(URL, form(token=token)).status_code in {403, 422}
    assert not User.objects.exists()


def test_an_old_link_creates_nobody(api, monkeypatch):
    token = first_run.token()
    monkeypatch.setattr(first_run, "MAX_AGE", timedelta(seconds=-1))
    assert api().post(URL, form(token=token)).json()["code"] == "link_invalid"


def test_the_link_is_void_once_anybody_exists(api):
    link = form()
    assert api().post(URL, link).status_code == 201
    answer = api().post(URL, {**link, "email": "second@example.org"})
    assert (answer.status_code, answer.json()["code"]) == (409, "first_run_over")
    assert User.objects.count() == 1


def test_a_weak_password_creates_nobody(api):
    assert api().post(URL, form(password="short")).json()["code"] == "password_weak"
    assert not User.objects.exists()


def test_the_first_administrator_signs_in_afterwards(api):
    created = api().post(URL, form(locale="en", kind="logistique"))
    assert created.json()["kind"] == "logistique"
    session = api().post("/api/v1/auth/token/", {"email": "first@example.org", "password": form()["password"]}).json()
    assert session["role"] == "org_admin"
    assert session["organization"]["id"] == created.json()["id"]


def test_the_link_is_printed_only_while_nobody_exists(api):
    out = io.StringIO()
    call_command("first_run_link", stdout=out)
    assert out.getvalue().startswith("/first-run/")
    api().post(URL, form())
    out = io.StringIO()
    call_command("first_run_link", stdout=out)
    assert out.getvalue() == ""


def create_owner(monkeypatch, password="correct horse battery staple", **options):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    out = io.StringIO()
    call_command("create_owner", organization="CLI", password_stdin=True, stdout=out, **options)
    return out.getvalue()


def test_the_command_says_in_english_why_it_creates_nobody(monkeypatch):
    with pytest.raises(CommandError, match="too short"):
        create_owner(monkeypatch, email="cli@example.org", password="short")
    with pytest.raises(CommandError, match="valid email"):
        create_owner(monkeypatch, email="cli")
    assert not User.objects.exists()


def test_the_command_creates_an_owner(monkeypatch):
    assert create_owner(monkeypatch, email="cli@example.org").startswith("cli@example.org administers CLI")
