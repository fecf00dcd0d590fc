"""POST /api/v1/documents/{id}/actions/{action}/, GET …/status/ and …/chunks/."""

import itertools

import pytest

from passepartout.documents.factories import document_row, indexed, uploaded, work
from passepartout.documents.models import DOCUMENT, Document
from passepartout.jobs.models import Job
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import colleague

pytestmark = pytest.mark.django_db
URL = "/api/v1/documents/"
ACTIONS = ("reindex", "retry", "delete", "restore")
TEXT = "La piscine ouvre à huit heures. Le sauna ferme à vingt heures."
FORBIDDEN = [
    (state, action)
    for state, action in itertools.product(DOCUMENT.states, ACTIONS)
    if state not in DOCUMENT.transitions[action].sources
]


def act(client, ident, action):
    return client.post(f"{URL}{ident}/actions/{action}/")


def jobs_of(person, **where):
    with tenant(person.organization.pk):
        return Job.objects.filter(**where).count()


@pytest.mark.parametrize(("state", "action"), [pair for pair in FORBIDDEN if "deleted" not in pair[0]])
def test_an_action_that_the_state_does_not_allow_names_those_it_does(api, alice, state, action):
    with tenant(alice.organization.pk):
        document = document_row(status=state, uploader=alice.user)
    answer = act(api(alice), document.pk, action)
    if action == "restore":  # only a deleted document is found there
        assert answer.status_code == 404
        return
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert answer.json()["state"] == state
    assert set(answer.json()["allowed_actions"]) == {a for a in ACTIONS if state in DOCUMENT.transitions[a].sources}


@pytest.mark.parametrize("action", ["index", "fail", "extract", "explode", "x" * 10_000])
def test_an_action_of_the_system_or_of_nobody_is_not_there(api, alice, action):
    ident = uploaded(api(alice), TEXT)
    answer = act(api(alice), ident, action)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_action")
    assert len(answer.content) < 1000


@pytest.mark.parametrize("role", ["warehouse_operator", "driver", "auditor"])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_role_without_the_right_is_refused(api, alice, role, action):
    ident = uploaded(api(alice), TEXT)
    assert act(api(colleague(alice, "other@example.org", role)), ident, action).status_code == 403


def test_reindexing_while_it_is_being_indexed_is_refused(api, alice):
    client = api(alice)
    ident = indexed(client, alice, TEXT)
    assert act(client, ident, "reindex").status_code == 200
    answer = act(client, ident, "reindex")
    assert (answer.status_code, answer.json()["code"]) == (409, "indexing_already")
    assert jobs_of(alice, state="queued") == 1


def test_a_failed_document_is_tried_again(api, alice):
    client = api(alice)
    ident = uploaded(client, TEXT)
    with tenant(alice.organization.pk):
        Job.objects.update(state="failed")
        Document.objects.update(status="failed", error_code="engine_unavailable", error_detail="away")
    body = act(client, ident, "retry").json()
    assert (body["status"], body["error"]) == ("uploaded", None)
    work(alice.organization)
    assert client.get(f"{URL}{ident}/").json()["status"] == "indexed"


def test_every_offered_action_is_one_that_works(api, alice):
    client = api(alice)
    for state in DOCUMENT.states:
        with tenant(alice.organization.pk):
            document = document_row(status=state, uploader=alice.user)
        if state == "deleted":
            continue
        abilities = client.get(f"{URL}{document.pk}/").json()["abilities"]
        for action in ("reindex", "retry", "delete"):
            with tenant(alice.organization.pk):
                Document.objects.filter(pk=document.pk).update(status=state, deleted_at=None)
                Job.objects.all().delete()
            assert abilities[action] is (act(client, document.pk, action).status_code == 200), (state, action)


def test_the_status_tells_the_step_and_the_progress(api, alice):
    client = api(alice)
    ident = uploaded(client, TEXT)
    fresh = client.get(f"{URL}{ident}/status/").json()
    waiting = {"status": "uploaded", "step": "", "progress": {"done": 0, "total": 0}, "running": True, "error": None}
    assert fresh == waiting
    work(alice.organization)
    done = client.get(f"{URL}{ident}/status/").json()
    assert (done["status"], done["step"], done["error"]) == ("indexed", "embedding", None)
    assert (done["progress"], done["running"]) == ({"done": 1, "total": 1}, False)


def test_a_document_that_is_indexed_again_stays_indexed_and_says_that_it_is_under_way(api, alice):
    client = api(alice)
    ident = indexed(client, alice, TEXT)
    act(client, ident, "reindex")
    again = client.get(f"{URL}{ident}/status/").json()
    assert (again["status"], again["running"]) == ("indexed", True)
    work(alice.organization)
    assert client.get(f"{URL}{ident}/status/").json()["running"] is False


def test_the_chunks_are_the_text_word_for_word(api, alice):
    client = api(alice)
    ident = indexed(client, alice, TEXT)
    (chunk,) = client.get(f"{URL}{ident}/chunks/").json()
    assert chunk["text"] == TEXT[chunk["char_start"] : chunk["char_end"]]
    assert (chunk["part"], chunk["page_from"], chunk["language"], chunk["boxes"]) == (1, 1, "fr", [])


def test_a_document_that_is_not_indexed_yet_has_no_chunks(api, alice):
    client = api(alice)
    assert client.get(f"{URL}{uploaded(client, TEXT)}/chunks/").json() == []
