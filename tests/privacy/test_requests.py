"""Who may ask for what, what is refused, and what is shown of a request to whom."""

from datetime import date

import pytest

from passepartout.clients.services import create_client
from passepartout.documents.factories import work
from passepartout.kernel.scope import tenant
from passepartout.privacy import working
from passepartout.privacy.models import DataRequest
from passepartout.privacy.services import a_month_after
from passepartout.tenancy.factories import colleague

from .world import URL

pytestmark = pytest.mark.django_db
PERSON = {"kind": "erasure", "subject": {"email": "durand@example.org"}, "note": "Reçu par courrier"}


def made(api, person, **changes):
    answer = api(person).post(URL, {**PERSON, **changes})
    assert answer.status_code == 201, answer.content
    return answer.json()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "erasure"}, 422),
        ({"kind": "erasure", "subject": {"email": ""}}, 422),
        ({"kind": "erasure", "subject": {"email": "nobody"}}, 422),
        ({"kind": "rectify", "subject": {"email": "a@example.org"}}, 422),
        ({"kind": "export", "subject": {"client": "01a205d7-ba1d-775b-bfa4-e27737162885"}}, 404),
        ({"kind": "export", "subject": {"user": "01a205d7-ba1d-775b-bfa4-e27737162885"}}, 404),
    ],
)
def test_a_request_about_nobody_is_refused_and_nothing_is_kept(api, alice, body, status):
    assert api(alice).post(URL, body).status_code == status
    with tenant(alice.organization.pk):
        assert DataRequest.objects.count() == 0


def test_a_member_of_another_organization_is_nobody_here(api, alice, charlie):
    body = {"kind": "export", "subject": {"user": str(charlie.user.pk)}}
    assert api(alice).post(URL, body).status_code == 404


def test_a_portal_asks_for_itself_whatever_it_says(api, alice):
    with tenant(alice.organization.pk, alice.user.pk):
        own = create_client(name="Éloïse Durand", kind="person")
        other = create_client(name="Paul Martin", kind="person", email="paul@example.org")
    eloise = colleague(alice, "eloise@example.org", "client_portal", client_id=own.pk)
    subject = {"client": str(other.pk), "email": "paul@example.org", "user": str(alice.user.pk)}
    ident = made(api, eloise, subject=subject)["id"]
    shown = api(alice).get(f"{URL}{ident}/").json()["subject"]
    assert shown == {"email": "eloise@example.org", "user": str(eloise.user.pk), "client": str(own.pk)}
    assert api(eloise).get(URL).status_code == 403


def test_the_portal_of_a_company_asks_for_its_person_alone(api, alice):
    with tenant(alice.organization.pk, alice.user.pk):
        company = create_client(name="Parc SA", kind="company")
    paul = colleague(alice, "paul@example.org", "client_portal", client_id=company.pk)
    ident = made(api, paul)["id"]
    assert "client" not in api(alice).get(f"{URL}{ident}/").json()["subject"]


@pytest.mark.parametrize("role", ["manager", "auditor"])
def test_who_does_not_decide_sees_that_there_is_one_and_not_whose(api, alice, role):
    ident = made(api, alice)["id"]
    work(alice.organization)
    reader = api(colleague(alice, "reader@example.org", role))
    for body in (reader.get(f"{URL}{ident}/").json(), reader.get(URL).json()["results"][0]):
        assert (body["subject"], body["note"], body["actions"]) == (None, None, [])
    assert all(item["label"] == "" for item in reader.get(f"{URL}{ident}/items/").json()["results"])


def test_a_key_never_confirms(api, alice):
    ident = made(api, alice)["id"]
    work(alice.organization)
    body = {"name": "n8n", "scopes": ["data_requests:transition"], "expires_at": "2099-01-01T00:00:00Z"}
    key = api(alice).post("/api/v1/api-keys/", body).json()["key"]
    program = api()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    answer = program.post(f"{URL}{ident}/actions/confirm/", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")


@pytest.mark.parametrize("action", ["confirm", "resume", "destroy"])
def test_what_is_not_possible_now_is_refused(api, alice, action):
    ident = made(api, alice)["id"]
    assert api(alice).post(f"{URL}{ident}/actions/{action}/", {}).status_code in {404, 409}
    assert api(alice).get(f"{URL}{ident}/").json()["status"] == "received"


def test_a_search_is_not_begun_twice_at_once(api, alice):
    ident = made(api, alice)["id"]
    answer = api(alice).post(f"{URL}{ident}/actions/search/", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "working_already")


def test_a_refusal_wants_a_reason_and_forgets_who_asked(api, alice):
    ident = made(api, alice)["id"]
    work(alice.organization)
    address = f"{URL}{ident}/actions/refuse/"
    assert api(alice).post(address, {}).status_code == 422
    body = api(alice).post(address, {"refusal": "identity_not_proven"}).json()
    assert (body["status"], body["refusal"], body["subject"], body["note"]) == (
        "refused", "identity_not_proven", {}, "",
    )  # fmt: skip
    assert api(alice).post(f"{URL}{ident}/actions/confirm/", {}).status_code == 409


def test_a_search_that_fails_for_good_says_why_and_can_be_asked_again(api, alice, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError

    ident = made(api, alice)["id"]
    monkeypatch.setattr(working, "find", broken)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            work(alice.organization)
    monkeypatch.undo()
    body = api(alice).get(f"{URL}{ident}/").json()
    assert (body["status"], body["error_code"]) == ("received", "internal_error")
    api(alice).post(f"{URL}{ident}/actions/search/", {})
    work(alice.organization)
    body = api(alice).get(f"{URL}{ident}/").json()
    assert (body["status"], body["error_code"]) == ("preview", "")


def test_requests_are_listed_newest_first_and_narrowed(api, alice):
    one, two = made(api, alice)["id"], made(api, alice, kind="export")["id"]
    client = api(alice)
    assert [row["id"] for row in client.get(URL).json()["results"]] == [two, one]
    assert [row["id"] for row in client.get(f"{URL}?kind=erasure").json()["results"]] == [one]
    assert client.get(f"{URL}?status=done").json()["results"] == []


@pytest.mark.parametrize(
    ("day", "due"),
    [("2026-01-31", "2026-02-28"), ("2026-11-23", "2026-12-23"), ("2026-12-31", "2027-01-31"),
     ("2028-01-30", "2028-02-29")],
)  # fmt: skip
def test_a_request_is_due_in_a_month(day, due):
    assert a_month_after(date.fromisoformat(day)) == date.fromisoformat(due)
