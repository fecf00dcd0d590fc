"""The hash chain: gapless under load, and every tampering is found, even by the owner of the tables."""

import hashlib
import io
import json
import threading
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from passepartout.audit import anchors, selectors, services
from passepartout.audit.models import AuditPending, AuditSeal
from passepartout.kernel.scope import tenant

pytestmark = pytest.mark.django_db(transaction=True)
LINES = 6


@pytest.fixture
def organization():
    """An organization with a sealed and anchored chain of six links."""
    ident = uuid4()
    write(ident, LINES)
    services.seal_all()
    services.anchor_all()
    return ident


@pytest.fixture
def tamper(as_owner_of_the_database):
    """Run SQL as somebody who owns the tables, knows the maintenance switch and turns the triggers off."""

    def run(*statements, **values):
        with as_owner_of_the_database(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL rls.maintenance = 'on'")
            for table in ("audit_logs", "audit_seals"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for statement in statements:
                cursor.execute(statement, values)
                assert cursor.rowcount != 0, statement
            for table in ("audit_logs", "audit_seals"):
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    return run


def write(organization, count):
    for number in range(count):
        with tenant(organization, uuid4()):
            services.record("x.done", detail={"number": number})


def faults(organization):
    return selectors.faults(organization)


LINE = "(SELECT log_id FROM audit_seals WHERE org_id = %(org)s AND seq = 3)"


@pytest.mark.parametrize(
    "change",
    [
        "action_type = 'nothing'", "detail = '{}'", "user_id = gen_random_uuid()", "created_at = created_at + '1 us'",
        "object_id = '7'", "sql_query = 'x'", "request_id = 'x'", "approved_by = gen_random_uuid()",
        "object_type = 'x'",
    ],
)  # fmt: skip
def test_an_altered_line_is_found(organization, tamper, change):
    tamper(f"UPDATE audit_logs SET {change} WHERE id = {LINE}", org=organization)
    assert faults(organization) == ["the line of link 3 was altered"]


def test_a_deleted_line_is_found(organization, tamper):
    tamper(f"DELETE FROM audit_logs WHERE id = {LINE}", org=organization)
    assert faults(organization) == ["the line of link 3 was deleted"]


def test_a_line_deleted_with_its_link_is_found(organization, tamper):
    tamper(
        f"DELETE FROM audit_logs WHERE id = {LINE}",
        "DELETE FROM audit_seals WHERE org_id = %(org)s AND seq = 3",
        org=organization,
    )
    assert faults(organization) == ["link 3 is missing", "link 4 does not continue the link before it"]


def test_a_closed_gap_is_found(organization, tamper):
    tamper(
        f"DELETE FROM audit_logs WHERE id = {LINE}",
        "DELETE FROM audit_seals WHERE org_id = %(org)s AND seq = 3",
        "UPDATE audit_seals SET seq = seq - 1 WHERE org_id = %(org)s AND seq = 4",
        "UPDATE audit_seals SET seq = seq - 1 WHERE org_id = %(org)s AND seq = 5",
        "UPDATE audit_seals SET seq = seq - 1 WHERE org_id = %(org)s AND seq = 6",
        org=organization,
    )
    assert "link 3 does not continue the link before it" in faults(organization)


def test_two_lines_that_change_places_are_found(organization, tamper):
    """Both lines stand unaltered, each under the other's number."""
    tamper(
        "CREATE TEMP TABLE places ON COMMIT DROP AS SELECT seq, log_id FROM audit_seals WHERE org_id = %(org)s",
        "UPDATE audit_seals SET log_id = gen_random_uuid() WHERE org_id = %(org)s AND seq IN (2, 5)",
        "UPDATE audit_seals s SET log_id = p.log_id FROM places p WHERE org_id = %(org)s AND s.seq + p.seq = 7 "
        "AND s.seq IN (2, 5)",
        org=organization,
    )
    assert faults(organization) == ["the line of link 2 was altered", "the line of link 5 was altered"]


def test_an_altered_link_is_found(organization, tamper):
    tamper("UPDATE audit_seals SET hash = repeat('a', 64) WHERE org_id = %(org)s AND seq = 2", org=organization)
    assert faults(organization) == ["the line of link 2 was altered", "link 3 does not continue the link before it"]


def test_a_deleted_tail_is_found_by_the_anchor(organization, tamper):
    tamper(
        "DELETE FROM audit_logs WHERE id IN (SELECT log_id FROM audit_seals WHERE org_id = %(org)s AND seq > 4)",
        "DELETE FROM audit_seals WHERE org_id = %(org)s AND seq > 4",
        org=organization,
    )
    (fault,) = faults(organization)
    assert fault.startswith("link 6 is not the one that was anchored at ")


def test_a_chain_that_is_gone_altogether_is_found_by_the_anchor(organization, tamper):
    tamper(
        "DELETE FROM audit_logs WHERE org_id = %(org)s", "DELETE FROM audit_seals WHERE org_id = %(org)s",
        org=organization,
    )  # fmt: skip
    assert organization in selectors.organizations()
    assert len(faults(organization)) == 1


def test_a_head_that_was_rewritten_with_right_hashes_is_found_by_the_anchor(organization, tamper):
    """The attacker knows the formula and seals the changed line again."""
    tamper(
        "UPDATE audit_logs SET action_type = 'nothing' "
        "WHERE id = (SELECT log_id FROM audit_seals WHERE org_id = %(org)s AND seq = 6)",
        "UPDATE audit_seals s SET hash = encode(sha256(convert_to(prev_hash || E'\\n' || seq || E'\\n' || "
        "(SELECT audit_canonical(l) FROM audit_logs l WHERE l.id = s.log_id), 'UTF8')), 'hex') "
        "WHERE org_id = %(org)s AND seq = 6",
        org=organization,
    )
    (fault,) = faults(organization)
    assert fault.startswith("link 6 is not the one that was anchored at ")


def test_a_line_taken_out_of_the_queue_is_found(organization, tamper):
    write(organization, 2)
    tamper("DELETE FROM audit_pending WHERE org_id = %(org)s", org=organization)
    services.seal_all()
    assert faults(organization) == ["2 lines have neither a seal nor a place in the queue"]


def anchor_file(organization):
    return settings.ANCHORS_DIR / f"{organization}.jsonl"


@pytest.mark.parametrize("change", [{"hash": "a" * 64}, {"seq": 2}, {"at": "2020"}, {"org_id": str(uuid4())}])
def test_an_altered_anchor_is_found(organization, change):
    file = anchor_file(organization)
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}) + "\n")
    assert faults(organization) == ["anchor 1 was forged"]


@pytest.mark.parametrize("line", ["", "{", "[]", "null", '{"seq": 1}', '{"signature": 3}'])
def test_an_unreadable_anchor_is_found_and_no_crash(organization, line):
    file = anchor_file(organization)
    file.write_text(file.read_text() + line + "\n")
    assert faults(organization) == ["anchor 2 was forged"]


def test_an_anchor_signed_with_another_key_is_found(organization, monkeypatch):
    monkeypatch.setattr(settings, "AUDIT_ANCHOR_KEY", "another")
    assert faults(organization) == ["anchor 1 was forged"]


def test_an_anchor_of_another_organization_is_found(organization):
    other = uuid4()
    write(other, 1)
    services.seal_all()
    services.anchor_all()
    anchor_file(organization).write_text(anchor_file(other).read_text())
    assert faults(organization) == ["anchor 1 was forged"]
    assert faults(other) == []


def test_a_whole_chain_has_no_faults_and_follows_its_published_formula(organization):
    assert faults(organization) == []
    with tenant(organization):
        seals = list(AuditSeal.objects.order_by("seq"))
    assert [seal.seq for seal in seals] == list(range(1, LINES + 1))
    assert seals[0].prev_hash == "0" * 64
    assert [seal.prev_hash for seal in seals[1:]] == [seal.hash for seal in seals[:-1]]
    expected = hashlib.sha256(f"{'0' * 64}\n1\ntext".encode()).hexdigest()
    assert selectors.chain_text("0" * 64, 1, "text") == expected


def test_a_chain_longer_than_a_page_is_read_to_its_end(organization, monkeypatch, tamper):
    monkeypatch.setattr(selectors, "PAGE", 2)
    assert faults(organization) == []
    tamper("UPDATE audit_logs SET object_id = 'x' WHERE id IN (SELECT log_id FROM audit_seals WHERE seq = 6)")
    assert faults(organization) == ["the line of link 6 was altered"]


def test_lines_that_wait_for_their_seal_are_no_fault(organization):
    write(organization, 2)
    assert faults(organization) == []


def test_an_idle_chain_is_anchored_once(organization):
    assert services.anchor_all() == 0
    write(organization, 1)
    services.seal_all()
    assert services.anchor_all() == 1
    assert [anchor.seq for anchor in anchors.genuine(organization)] == [LINES, LINES + 1]


def test_eight_writers_and_two_sealers_make_one_chain_without_gaps():
    organization = uuid4()
    each, errors, done = 25, [], threading.Event()

    def guarded(work):
        try:
            work()
        except BaseException as error:
            errors.append(error)
            raise
        finally:
            connection.close()

    def sealing():
        while not done.is_set():
            services.seal_all()

    writers = [threading.Thread(target=guarded, args=(lambda: write(organization, each),)) for _ in range(8)]
    sealers = [threading.Thread(target=guarded, args=(sealing,)) for _ in range(2)]
    for thread in writers + sealers:
        thread.start()
    for thread in writers:
        thread.join(timeout=60)
    done.set()
    for thread in sealers:
        thread.join(timeout=60)
    services.seal_all()
    assert errors == []
    assert faults(organization) == []
    with tenant(organization):
        assert list(AuditSeal.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 8 * each + 1))
        assert not AuditPending.objects.exists()


def test_a_writer_does_not_wait_for_a_sealer(organization):
    """A sealer that stands still in its transaction holds no lock that a writer wants."""
    write(organization, 1)
    sealed, go_on = threading.Event(), threading.Event()

    def slow_sealer():
        try:
            with tenant(organization), connection.cursor() as cursor:
                cursor.execute("SELECT audit_seal(%s, 10)", [organization])
                sealed.set()
                go_on.wait(timeout=20)
        finally:
            connection.close()

    thread = threading.Thread(target=slow_sealer)
    thread.start()
    assert sealed.wait(timeout=20)
    try:
        with tenant(organization, uuid4()):
            connection.cursor().execute("SET LOCAL lock_timeout = '1s'")
            services.record("x.done")
    finally:
        go_on.set()
        thread.join(timeout=20)
    services.seal_all()
    assert faults(organization) == []


def test_the_command_says_which_chain_is_broken_and_why(organization, tamper):
    whole = uuid4()
    write(whole, 2)
    tamper(f"UPDATE audit_logs SET action_type = 'nothing' WHERE id = {LINE}", org=organization)
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"1 chain\(s\) broken"):
        call_command("audit", "verify", stdout=out)
    assert f"{organization}  6 lines  BROKEN\n  - the line of link 3 was altered\n" in out.getvalue()
    assert f"{whole}  2 lines  whole\n" in out.getvalue()


def test_the_command_seals_anchors_and_verifies(organization):
    write(organization, 3)
    out = io.StringIO()
    for action in ("seal", "anchor", "verify"):
        call_command("audit", action, stdout=out)
    assert out.getvalue() == f"3 lines sealed\n1 heads anchored\n{organization}  9 lines  whole\n"
