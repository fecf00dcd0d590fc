"""From a statement to its result, with the real roles of the gate."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from passepartout.audit.models import AuditLog
from passepartout.documents.factories import document_row
from passepartout.documents.models import Document
from passepartout.kernel.errors import Conflict, Forbidden
from passepartout.kernel.scope import scope, tenant
from passepartout.lifecycle.models import OutboxEvent
from passepartout.proposals import services
from passepartout.proposals.models import Proposal
from passepartout.tenancy.callers import Caller
from passepartout.tenancy.factories import Person, colleague
from passepartout.tenancy.models import Role

reads, writes = services.reads, services.writes  # one door to the gate's roles, in tests too
pytestmark = pytest.mark.django_db(transaction=True)
COUNT = "SELECT count(*) AS n FROM documents"


def caller(person: Person, role: Role = Role.ORG_ADMIN) -> Caller:
    return Caller(person.user, person.organization, role)


@pytest.fixture
def world(alice: Person, charlie: Person) -> Iterator[None]:
    for person, titles in ((alice, ["Bail", "Contrat"]), (charlie, ["Secret of the other"])):
        with tenant(person.organization.pk, person.user.pk):
            for title in titles:
                document_row(title=title, status="indexed", pages=2)
    with scope(organization=alice.organization.pk, user=alice.user.pk):
        yield


def proposed(person: Person, sql: str, **kwargs: object) -> Proposal:
    return services.propose(caller(person, **kwargs), sql, question="?", source="model")


def test_a_read_waits_for_approval_and_then_gives_only_the_rows_of_its_organization(
    world: None, alice: Person, bob: Person
) -> None:
    proposal = proposed(alice, "SELECT title FROM documents ORDER BY title")
    assert (proposal.status, proposal.kind, proposal.risk, proposal.tables) == (
        "pending_approval", "read", "medium", ["documents"])  # fmt: skip
    services.approve(caller(bob, Role.MANAGER), proposal.pk)
    done = services.execute(caller(alice), proposal.pk)
    assert done.status == "executed"
    assert done.result["columns"] == ["title"]
    assert done.result["rows"] == [["Bail"], ["Contrat"]]


def test_nothing_runs_before_it_is_approved(world: None, alice: Person) -> None:
    proposal = proposed(alice, COUNT)
    with pytest.raises(Conflict):
        services.execute(caller(alice), proposal.pk)


def test_a_change_needs_another_administrator(world: None, alice: Person, bob: Person) -> None:
    proposal = proposed(alice, f"UPDATE documents SET title = 'Bail signé' WHERE id = '{bail()}'")
    assert (proposal.status, proposal.risk) == ("pending_approval", "high")
    assert proposal.preview == {
        "before": [{"id": bail(), "title": "Bail"}],
        "after": [{"id": bail(), "title": "Bail signé"}],
    }
    for refused in (caller(alice), caller(bob, Role.MANAGER)):
        with pytest.raises(Forbidden):
            services.approve(refused, proposal.pk)
    services.approve(caller(bob), proposal.pk)
    assert services.execute(caller(alice), proposal.pk).status == "executed"
    with tenant(alice.organization.pk):
        assert Document.objects.filter(title="Bail signé").count() == 1
        line = AuditLog.objects.get(action_type="proposal.executed")
        assert (line.user_id, line.approved_by) == (alice.user.pk, bob.user.pk)


def bail() -> str:
    with connection.cursor():
        pass
    from passepartout.kernel.scope import current_organization

    with tenant(current_organization()):
        return str(Document.objects.get(title="Bail").pk)


def test_a_change_of_rows_that_moved_on_must_be_approved_again(world: None, alice: Person, bob: Person) -> None:
    proposal = proposed(alice, f"UPDATE documents SET title = 'Bail signé' WHERE id = '{bail()}'")
    services.approve(caller(bob), proposal.pk)
    with tenant(alice.organization.pk):
        Document.objects.filter(title="Bail").update(title="Bail 2")
    stale = services.execute(caller(alice), proposal.pk)
    assert (stale.status, stale.error_code, stale.decided_by) == ("pending_approval", "sql_stale", None)


def test_the_rows_of_another_organization_cannot_be_changed(world: None, alice: Person, charlie: Person) -> None:
    with tenant(charlie.organization.pk):
        theirs = Document.objects.get().pk
    proposal = proposed(alice, f"UPDATE documents SET title = 'Mine' WHERE id = '{theirs}'")
    assert (proposal.status, proposal.refusal_code) == ("invalid", "sql_rows")


def test_fifty_executions_at_once_change_the_rows_once_with_one_audit_line(
    world: None, alice: Person, bob: Person
) -> None:
    proposal = proposed(alice, f"UPDATE documents SET title = 'Once' WHERE id = '{bail()}'")
    services.approve(caller(bob), proposal.pk)

    def run(_: int) -> str:
        try:
            with scope(organization=alice.organization.pk, user=alice.user.pk):
                return services.execute(caller(alice), proposal.pk).status
        except Conflict as conflict:
            return conflict.code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(run, range(50)))
    assert outcomes.count("executed") == 1
    assert set(outcomes) == {"executed", "wrong_state"}
    with tenant(alice.organization.pk):
        assert AuditLog.objects.filter(action_type="proposal.executed").count() == 1


def test_what_the_gate_refuses_is_kept_with_its_reason(world: None, alice: Person) -> None:
    proposal = proposed(alice, "DROP TABLE documents")
    assert (proposal.status, proposal.refusal_code) == ("invalid", "sql_kind")


def test_a_read_runs_at_once_where_the_organization_lets_this_role(world: None, alice: Person, bob: Person) -> None:
    from passepartout.proposals.models import SqlPolicy

    with tenant(alice.organization.pk):
        SqlPolicy.objects.create(reads_at_once=[Role.MANAGER])
    assert proposed(bob, COUNT, role=Role.MANAGER).result["rows"] == [[2]]
    assert proposed(alice, COUNT).status == "pending_approval"


def test_a_colleague_without_the_right_proposes_nothing(world: None, alice: Person) -> None:
    driver = colleague(alice, "driver@example.org", Role.DRIVER)
    proposal = proposed(driver, COUNT, role=Role.DRIVER)
    assert (proposal.status, proposal.refusal_code) == ("invalid", "not_allowed")


class Killed(BaseException):
    """SIGKILL, as far as the code around it is concerned: nothing of it runs any more."""


def killed_after(monkeypatch: pytest.MonkeyPatch, module: object) -> None:
    """The process dies when `run` has committed."""
    run = module.run  # type: ignore[attr-defined]

    def dying(*arguments: object) -> None:
        run(*arguments)
        raise Killed

    monkeypatch.setattr(module, "run", dying)


def test_a_process_that_is_killed_right_after_a_change_loses_neither_its_result_nor_its_event(
    world: None, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = proposed(alice, f"UPDATE documents SET title = 'Bail signé' WHERE id = '{bail()}'")
    services.approve(caller(bob), proposal.pk)
    with monkeypatch.context() as patch:
        killed_after(patch, writes)
        with pytest.raises(Killed):
            services.execute(caller(alice), proposal.pk)
    left = stored(alice, proposal)
    assert (left.status, left.result["after"][0]["title"]) == ("executed", "Bail signé")
    assert told(alice) == 0
    assert services.settle_all() == 0, "whoever executes it may still be about to tell"
    with tenant(alice.organization.pk):
        Proposal.objects.filter(pk=proposal.pk).update(executed_at=timezone.now() - timedelta(minutes=1))
    assert (services.settle_all(), services.settle_all(), told(alice)) == (1, 0, 1)


def test_a_process_that_is_killed_in_a_read_leaves_it_to_fail_and_never_to_run_again(
    world: None, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = proposed(alice, COUNT)
    services.approve(caller(bob, Role.MANAGER), proposal.pk)
    killed_after(monkeypatch, reads)
    with pytest.raises(Killed):
        services.execute(caller(alice), proposal.pk)
    with tenant(alice.organization.pk):
        Proposal.objects.filter(pk=proposal.pk).update(started_at=timezone.now() - timedelta(hours=1))
    assert services.settle_all() == 1
    assert (stored(alice, proposal).error_code, told(alice)) == ("sql_lost", 1)


def test_each_execution_is_told_once(world: None, alice: Person, bob: Person) -> None:
    for sql in (f"UPDATE documents SET title = 'Bail signé' WHERE id = '{bail()}'", COUNT):
        proposal = proposed(alice, sql)
        services.approve(caller(bob), proposal.pk)
        services.execute(caller(alice), proposal.pk)
    with tenant(alice.organization.pk):
        Proposal.objects.update(executed_at=timezone.now() - timedelta(minutes=1))
    assert (services.settle_all(), told(alice)) == (0, 2)


def stored(person: Person, proposal: Proposal) -> Proposal:
    with tenant(person.organization.pk):
        found: Proposal = Proposal.objects.get(pk=proposal.pk)
        return found


def told(person: Person) -> int:
    with tenant(person.organization.pk):
        return int(OutboxEvent.objects.filter(kind="proposal.executed").count())


@pytest.mark.parametrize(
    ("zone", "day"), [("Pacific/Kiritimati", 14), ("Europe/Paris", None), ("Pacific/Pago_Pago", -11), ("Mars/Base", 0)]
)
def test_days_begin_where_the_organization_is(
    world: None, alice: Person, bob: Person, zone: str, day: int | None
) -> None:
    """In a zone that PostgreSQL does not know, at midnight UTC."""
    with tenant(alice.organization.pk, alice.user.pk):
        alice.organization.timezone = zone
        alice.organization.save(update_fields=["timezone"])
    proposal = proposed(alice, "SELECT date_trunc('day', now()) AS today FROM documents LIMIT 1")
    services.approve(caller(bob, Role.MANAGER), proposal.pk)
    ((today,),) = services.execute(caller(alice), proposal.pk).result["rows"]
    midnight = datetime.fromisoformat(today)
    now = datetime.now(alice.organization.zone)
    assert midnight == now.replace(hour=0, minute=0, second=0, microsecond=0)
    if day is not None:
        assert midnight.utcoffset() == timedelta(hours=day)
