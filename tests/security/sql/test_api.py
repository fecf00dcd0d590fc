"""Proposals over HTTP: who sees, who decides, what the answers say."""

from datetime import timedelta

import pytest
from django.utils import timezone

from passepartout.audit.models import AuditLog
from passepartout.documents.factories import document_row
from passepartout.documents.models import Document
from passepartout.kernel.scope import tenant
from passepartout.lifecycle.models import OutboxEvent
from passepartout.proposals import services
from passepartout.proposals.models import Proposal
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.models import Role
from passepartout.tenancy.selectors import caller_in
from passepartout.tenancy.services import create_api_key

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/api/v1/proposals/"
COUNT = "SELECT count(*) AS n FROM documents"


@pytest.fixture
def bail(alice):
    with tenant(alice.organization.pk, alice.user.pk):
        return document_row(title="Bail", status="indexed", pages=2)


def propose(client, sql=COUNT, **fields):
    answer = client.post(ADDRESS, {"sql": sql, **fields})
    assert answer.status_code == 201, answer.content
    return answer.json()


def act(client, proposal, action, **body):
    return client.post(f"{ADDRESS}{proposal['id']}/actions/{action}/", body)


def test_a_statement_that_is_refused_says_why_in_the_callers_language(api, alice):
    french = propose(api(alice), "DELETE FROM documents")
    assert (french["status"], french["refusal"]["code"]) == ("invalid", "sql_kind")
    assert "acceptées" in french["refusal"]["detail"]
    alice.user.locale = "en"
    alice.user.save()
    assert "is taken" in propose(api(alice), "DELETE FROM documents")["refusal"]["detail"]
    assert french["allowed_actions"] == []


def test_who_may_not_propose_is_told_so(api, alice):
    driver = colleague(alice, "driver@example.org", Role.DRIVER)
    answer = api(driver).post(ADDRESS, {"sql": COUNT})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_concierge_sees_and_runs_only_what_they_asked_for(api, alice, bail):
    nadia = api(colleague(alice, "nadia@example.org", Role.CONCIERGE))
    foreign = propose(api(alice))
    own = propose(nadia)
    assert [line["id"] for line in nadia.get(ADDRESS).json()["results"]] == [own["id"]]
    assert nadia.get(f"{ADDRESS}{foreign['id']}/").status_code == 404
    assert own["allowed_actions"] == ["cancel"]
    assert act(nadia, own, "approve").json()["code"] == "forbidden"


def test_a_read_is_approved_run_once_and_shows_its_result(api, alice, bob, bail):
    proposal = propose(api(alice), question="Combien de documents ?")
    assert proposal["reading"].startswith("Lit les documents")
    assert (proposal["tables"], proposal["risk"], proposal["question"]) == (
        ["documents"],
        "low",
        "Combien de documents ?",
    )
    approved = act(api(bob), proposal, "approve", comment="bien sûr").json()
    assert approved["status"] == "approved"
    assert approved["approvals"][0]["by"] == str(bob.user.pk)
    done = act(api(alice), proposal, "execute").json()
    assert (done["status"], done["result"]["rows"]) == ("executed", [[1]])
    again = act(api(alice), proposal, "execute")
    assert (again.status_code, again.json()["code"], again.json()["allowed_actions"]) == (409, "wrong_state", [])


def test_a_change_shows_its_rows_before_and_after_and_waits_for_another_administrator(api, alice, bob, bail):
    proposal = propose(api(alice), f"UPDATE documents SET title = 'Bail signé' WHERE id = '{bail.pk}'")
    assert proposal["preview"]["before"] == [{"id": str(bail.pk), "title": "Bail"}]
    assert proposal["preview"]["after"] == [{"id": str(bail.pk), "title": "Bail signé"}]
    refused = act(api(alice), proposal, "approve")
    assert (refused.status_code, refused.json()["code"]) == (403, "four_eyes")
    assert act(api(bob), proposal, "approve").json()["code"] == "forbidden"  # a manager
    second = colleague(alice, "second@example.org", Role.ORG_ADMIN)
    assert act(api(second), proposal, "approve").status_code == 200
    done = act(api(alice), proposal, "execute").json()
    assert (done["status"], done["result"]["after"][0]["title"]) == ("executed", "Bail signé")
    with tenant(alice.organization.pk):
        assert Document.objects.get().title == "Bail signé"


def test_a_key_decides_nothing_whatever_its_scopes(api, alice, bob, bail):
    proposal = propose(api(bob))
    with tenant(alice.organization.pk, alice.user.pk):
        caller = caller_in(alice.user.pk, alice.organization.pk)
        secret, _ = create_api_key(
            caller, name="n8n", scopes=["proposals:read", "proposals:write", "proposals:approve"],
            expires_at=timezone.now() + timedelta(days=1),
        )  # fmt: skip
    key = api()
    key.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    answer = act(key, proposal, "approve")
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")
    assert key.get(f"{ADDRESS}{proposal['id']}/").json()["status"] == "pending_approval"


def test_a_rejection_needs_a_reason_and_ends_it(api, alice, bob, bail):
    proposal = propose(api(alice))
    assert act(api(bob), proposal, "reject").status_code == 422
    assert act(api(bob), proposal, "reject", comment="trop large").json()["status"] == "rejected"
    assert act(api(alice), proposal, "execute").status_code == 409


def test_who_asked_may_take_it_back_and_nobody_else(api, alice, bob, bail):
    proposal = propose(api(alice))
    assert act(api(bob), proposal, "cancel").status_code == 403
    assert act(api(alice), proposal, "cancel").json()["status"] == "cancelled"


def test_an_action_that_does_not_exist_is_not_found(api, alice, bail):
    assert act(api(alice), propose(api(alice)), "invalidate").status_code == 404


def test_the_list_is_narrowed_by_status_risk_and_requester(api, alice, bob, bail):
    first, second = propose(api(alice)), propose(api(bob), "SELECT title FROM documents")
    propose(api(alice), "DROP TABLE documents")
    listed = {
        query: [line["id"] for line in api(alice).get(ADDRESS + query).json()["results"]]
        for query in ("?status=pending_approval", "?risk=medium", f"?requester={bob.user.pk}", "?kind=read&risk=low")
    }
    assert listed["?status=pending_approval"] == [second["id"], first["id"]]
    assert listed["?risk=medium"] == listed[f"?requester={bob.user.pk}"] == [second["id"]]
    assert listed["?kind=read&risk=low"] == [first["id"]]
    assert api(alice).get(ADDRESS + "?status=unheard").status_code == 422


def test_an_administrator_lets_reads_of_a_role_run_at_once(api, alice, bob, bail):
    policy = "/api/v1/sql-policy/"
    assert api(bob).put(policy, {"reads_at_once": ["manager"]}).status_code == 403
    assert api(alice).put(policy, {"reads_at_once": ["driver"]}).status_code == 422
    assert api(alice).put(policy, {"reads_at_once": ["manager"]}).json() == {"reads_at_once": ["manager"]}
    assert api(bob).get(policy).json() == {"reads_at_once": ["manager"]}
    done = propose(api(bob))
    assert (done["status"], done["result"]["rows"]) == ("executed", [[1]])
    assert done["approvals"][0]["by"] is None
    assert propose(api(alice))["status"] == "pending_approval"
    change = propose(api(bob), f"UPDATE documents SET title = 'x' WHERE id = '{bail.pk}'")
    assert change["status"] == "pending_approval"


def test_what_nobody_decided_expires_and_what_was_lost_is_never_run_again(api, alice, bob, bail):
    old, lost, waiting = propose(api(alice)), propose(api(alice)), propose(api(alice))
    past = timezone.now() - timedelta(hours=1)
    with tenant(alice.organization.pk):
        Proposal.objects.filter(pk=old["id"]).update(expires_at=past)
        Proposal.objects.filter(pk=lost["id"]).update(status="executing", started_at=past)
    answer = act(api(bob), old, "approve")
    assert (answer.status_code, answer.json()["code"]) == (409, "proposal_expired")
    assert services.settle_all() == 2
    assert services.settle_all() == 0
    seen = {line["id"]: line for line in api(alice).get(ADDRESS).json()["results"]}
    assert seen[old["id"]]["status"] == "expired"
    assert (seen[lost["id"]]["status"], seen[lost["id"]]["refusal"]["code"]) == ("failed", "sql_lost")
    assert seen[waiting["id"]]["status"] == "pending_approval"


def test_each_step_is_told_and_audited(api, alice, bob, bail):
    proposal = propose(api(alice))
    act(api(bob), proposal, "approve")
    act(api(alice), proposal, "execute")
    with tenant(alice.organization.pk):
        told = list(
            OutboxEvent.objects.filter(kind__startswith="proposal.").order_by("id").values_list("kind", flat=True)
        )
        lines = AuditLog.objects.filter(object_id=proposal["id"]).order_by("id")
        assert told == ["proposal.made", "proposal.decided", "proposal.executed"]
        assert [line.action_type for line in lines] == [
            "proposal.made", "proposal.approve", "proposal.execute", "proposal.done",
        ]  # fmt: skip
        assert lines.last().approved_by == bob.user.pk


def test_without_the_gates_roles_nothing_is_run(api, alice, bail, settings):
    settings.SQL_READER_URL = ""
    answer = api(alice).post(ADDRESS, {"sql": COUNT})
    assert (answer.status_code, answer.json()["code"]) == (503, "sql_off")
