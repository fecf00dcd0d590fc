"""POST /api/v1/audit/verify/ and what GET /api/v1/audit/verification/ says."""

import pytest

from passepartout.audit import anchors, selectors, services
from passepartout.audit.models import AuditLog
from passepartout.audit.services import anchor_all, record, seal_all
from passepartout.kernel.scope import tenant

pytestmark = pytest.mark.django_db
STATE, VERIFY = "/api/v1/audit/verification/", "/api/v1/audit/verify/"


def done(person, times=1):
    for _ in range(times):
        with tenant(person.organization.pk, person.user.pk):
            record("x.done")


@pytest.mark.parametrize("after", [-1, "x", 2**63])
def test_a_beginning_that_cannot_be_is_invalid(api, alice, after):
    assert api(alice).post(VERIFY, {"after": after}).status_code == 422


def test_before_anything_was_sealed_the_state_says_what_waits(api, alice):
    done(alice)
    state = api(alice).get(STATE).json()
    assert (state["head"], state["anchored"], state["verified"]) == (None, None, None)
    assert state["unsealed"] >= 1


def test_a_verification_seals_what_waits_checks_all_and_is_a_line_itself(api, alice, bob):
    done(alice, 3)
    client = api(bob)
    found = client.post(VERIFY).json()
    assert (found["complete"], found["faults"], found["after"]) == (True, [], 0)
    anchor_all()
    state = client.get(STATE).json()
    assert state["head"]["seq"] == state["verified"]["to"] == found["to"]
    assert state["head"]["hash"] == state["verified"]["hash"] == state["anchored"]["hash"] == found["hash"]
    assert (state["verified"]["complete"], state["verified"]["faults"]) == (True, 0)
    assert state["unsealed"] == 1  # the line of the verification itself


def test_a_long_chain_is_verified_in_parts(api, alice, monkeypatch):
    monkeypatch.setattr(selectors, "PAGE", 2)
    monkeypatch.setattr(services, "VERIFY_SECONDS", 0.0)
    done(alice, 6)
    seal_all()
    client = api(alice)
    first = client.post(VERIFY).json()
    assert (first["complete"], first["to"], first["faults"]) == (False, 2, [])
    parts, found = 1, first
    while not found["complete"]:
        found = client.post(VERIFY, {"after": found["to"]}).json()
        assert found["faults"] == []
        parts += 1
        assert parts < 20
        monkeypatch.setattr(services, "VERIFY_SECONDS", 0.0 if parts < 3 else 60.0)
    with tenant(alice.organization.pk):
        assert AuditLog.objects.filter(action_type="audit.verified").count() == parts


def test_what_was_anchored_and_is_gone_is_a_fault(api, alice):
    done(alice)
    seal_all()
    anchor_all()
    anchors.append(alice.organization.pk, anchors.Anchor(999, "0" * 64, "2026-01-01T00:00:00+00:00"))
    found = api(alice).post(VERIFY).json()
    assert [fault for fault in found["faults"] if "999" in fault]
    assert api(alice).get(STATE).json()["verified"]["faults"] == 1


def test_a_part_does_not_call_anchors_of_other_parts_faults(alice):
    done(alice, 2)
    seal_all()
    anchor_all()
    done(alice, 2)
    seal_all()
    anchor_all()
    head = selectors.head(alice.organization.pk)
    assert head is not None
    found = selectors.verification(alice.organization.pk, after=head.seq - 1)
    assert (found.complete, found.faults) == (True, [])


def test_another_organizations_chain_is_neither_shown_nor_touched(api, alice, charlie):
    done(alice, 5)
    seal_all()
    head = selectors.head(alice.organization.pk)
    assert head is not None
    assert head.hash not in api(charlie).get(STATE).content.decode()
    assert api(charlie).post(VERIFY).json()["hash"] != head.hash
