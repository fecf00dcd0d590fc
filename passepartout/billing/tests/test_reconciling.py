"""The nightly count corrects meters that drifted, and says so."""

from datetime import timedelta

import pytest
from django.utils import timezone

from passepartout.audit.models import AuditLog
from passepartout.billing import counting, services
from passepartout.billing.models import STANDING, UsageRow
from passepartout.kernel.scope import tenant

pytestmark = pytest.mark.django_db


def corrections(person):
    with tenant(person.organization.pk):
        return list(AuditLog.objects.filter(action_type="usage.corrected").values_list("detail", flat=True))


@pytest.fixture
def three(alice, monkeypatch):
    monkeypatch.setitem(counting._counted, "documents", lambda: 3)
    with tenant(alice.organization.pk):
        services.check_limit("documents")


def test_meters_that_are_right_are_left_alone(alice, three):
    assert services.reconcile_all() == 0
    assert corrections(alice) == []


def test_a_meter_that_drifted_is_set_to_the_count_and_an_audit_line_says_so(alice, three):
    with tenant(alice.organization.pk):
        UsageRow.objects.filter(resource="documents").update(amount=8)
    assert services.reconcile_all() == 1
    with tenant(alice.organization.pk):
        assert UsageRow.objects.get(resource="documents", day=STANDING).amount == 3
    assert corrections(alice) == [{"resource": "documents", "from": 8, "to": 3}]


def test_the_level_of_the_day_that_ended_is_kept(alice, three):
    services.reconcile_all()
    services.reconcile_all()
    with tenant(alice.organization.pk):
        kept = UsageRow.objects.get(resource="documents", day=timezone.now().date() - timedelta(days=1))
    assert kept.amount == 3


def test_an_organization_without_a_meter_is_not_counted(alice, charlie, three):
    services.reconcile_all()
    with tenant(charlie.organization.pk):
        assert not UsageRow.objects.exists()
