"""Limits of a plan: checked from the meter, taken by compare-and-set."""

from datetime import timedelta

import pytest
from django.utils import timezone

from passepartout.billing import counting, services
from passepartout.billing.models import UsageRow
from passepartout.billing.plans import ENTERPRISE, FREE, PLANS
from passepartout.kernel.errors import LimitReached, ScopeMissing
from passepartout.kernel.scope import tenant

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ten_of_each(monkeypatch):
    monkeypatch.setitem(PLANS[ENTERPRISE].limits, "documents", 10)
    monkeypatch.setitem(PLANS[ENTERPRISE].limits, "asks_per_day", 10)


@pytest.fixture
def here(alice):
    with tenant(alice.organization.pk, alice.user.pk):
        yield


def exist(monkeypatch, amount, resource="documents"):
    monkeypatch.setitem(counting._counted, resource, lambda: amount)


def level(resource="documents"):
    return UsageRow.objects.get(resource=resource).amount


def test_outside_an_organization_nothing_is_metered():
    with pytest.raises(ScopeMissing):
        services.meter("asks_per_day")
    with pytest.raises(ScopeMissing):
        services.release("documents")


def test_what_nobody_limits_is_a_programming_error(here):
    with pytest.raises(KeyError):
        services.check_limit("unicorns")


@pytest.mark.parametrize(("used", "amount"), [(10, 1), (9, 2), (11, 0), (0, 11)])
def test_past_the_limit_it_says_what_is_used_and_what_is_allowed(here, monkeypatch, used, amount):
    exist(monkeypatch, used)
    with pytest.raises(LimitReached) as refused:
        services.check_limit("documents", amount)
    assert (refused.value.code, refused.value.retry_after) == ("plan_limit", None)
    assert refused.value.extra == {"resource": "documents", "limit": 10, "used": used, "resets_at": None}


@pytest.mark.parametrize(("used", "amount"), [(9, 1), (0, 10), (10, 0)])
def test_up_to_the_limit_it_passes(here, monkeypatch, used, amount):
    exist(monkeypatch, used)
    services.check_limit("documents", amount)


def test_who_passed_the_check_together_does_not_pass_the_limit_together(here, monkeypatch):
    exist(monkeypatch, 9)
    services.check_limit("documents")
    services.check_limit("documents")
    services.use("documents")
    with pytest.raises(LimitReached):
        services.use("documents")
    assert level() == 10


def test_a_daily_limit_says_when_it_ends(here):
    services.meter("asks_per_day", 10)
    with pytest.raises(LimitReached) as refused:
        services.check_limit("asks_per_day")
    midnight = (timezone.now() + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert refused.value.extra["resets_at"] == midnight.isoformat()
    assert 0 < (refused.value.retry_after or 0) <= 86400


def test_yesterdays_use_does_not_count_today(here):
    services.meter("asks_per_day", 10)
    UsageRow.objects.update(day=timezone.now().date() - timedelta(days=1))
    services.check_limit("asks_per_day", 10)


def test_a_meter_is_counted_once_and_then_only_added_to(here, monkeypatch):
    exist(monkeypatch, 3)
    services.check_limit("documents")
    monkeypatch.delitem(counting._counted, "documents")  # counting again would be a KeyError
    services.check_limit("documents")
    services.use("documents", 2)
    services.release("documents")
    assert level() == 4


def test_a_meter_never_falls_below_nothing(here, monkeypatch):
    exist(monkeypatch, 1)
    services.check_limit("documents")
    services.release("documents", 5)
    assert level() == 0


def test_what_is_given_back_before_any_meter_exists_is_left_to_the_first_count(here):
    services.release("documents")
    assert not UsageRow.objects.exists()


def test_meters_of_two_organizations_are_apart(alice, charlie, monkeypatch):
    monkeypatch.setitem(PLANS[FREE].limits, "asks_per_day", 1)
    services.set_plan(alice.organization.pk, FREE)
    with tenant(alice.organization.pk):
        services.meter("asks_per_day")
        with pytest.raises(LimitReached):
            services.check_limit("asks_per_day")
    with tenant(charlie.organization.pk):
        assert not UsageRow.objects.exists()
        services.check_limit("asks_per_day", 10)
