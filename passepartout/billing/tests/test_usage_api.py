"""GET /api/v1/usage/ and the command that sets a plan."""

from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from passepartout.audit.models import AuditLog
from passepartout.billing import services
from passepartout.billing.checks import the_default_plan_exists
from passepartout.billing.plans import FREE, PLANS
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import colleague

pytestmark = pytest.mark.django_db
URL = "/api/v1/usage/"


def limits(client):
    answer = client.get(URL)
    assert answer.status_code == 200, answer.content
    return {limit["resource"]: limit for limit in answer.json()["limits"]}


@pytest.mark.parametrize("role", ["concierge", "driver", "provider_portal"])
def test_who_does_not_run_the_organization_does_not_read_its_usage(api, alice, role):
    assert api(colleague(alice, "x@example.org", role)).get(URL).status_code == 403


def test_another_organizations_use_is_not_shown(api, alice, charlie):
    with tenant(charlie.organization.pk):
        services.meter("tokens_per_day", 77)
    assert limits(api(alice))["tokens_per_day"]["used"] == 0


def test_nobody_is_taken_in_past_the_limit_of_members(api, alice, bob, monkeypatch):
    monkeypatch.setitem(PLANS[FREE].limits, "members", 2)
    services.set_plan(alice.organization.pk, FREE)
    answer = api(alice).post("/api/v1/members/", {"email": "new@example.org", "role": "concierge"})
    assert (answer.status_code, answer.json()["code"], answer.json()["resource"]) == (429, "plan_limit", "members")


def test_a_question_past_the_day_is_told_when_to_come_back(api, alice, monkeypatch):
    monkeypatch.setitem(PLANS[FREE].limits, "asks_per_day", 0)
    services.set_plan(alice.organization.pk, FREE)
    answer = api(alice).post("/api/v1/ask/", {"question": "À quelle heure ?"})
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 86400
    assert answer.json()["resets_at"]


def test_without_a_plan_of_its_own_an_organization_has_the_default_one(api, alice, settings):
    assert api(alice).get(URL).json()["plan"] == "enterprise"
    settings.DEFAULT_PLAN = "free"
    answer = api(alice).get(URL).json()
    assert (answer["plan"], answer["calls_per_minute"], answer["calls_at_once"]) == ("free", 6, 1)


def test_a_default_plan_that_does_not_exist_is_refused_at_start(settings):
    assert the_default_plan_exists() == []
    settings.DEFAULT_PLAN = "gold"
    assert [message.id for message in the_default_plan_exists()] == ["billing.E001"]


def test_the_command_sets_a_plan_and_the_audit_log_says_so(api, alice, capsys):
    call_command("set_plan", str(alice.organization.pk), "pro")
    assert "enterprise -> pro" in capsys.readouterr().out
    assert api(alice).get(URL).json()["plan"] == "pro"
    with tenant(alice.organization.pk):
        line = AuditLog.objects.get(action_type="plan.set")
    assert line.detail == {"from": "enterprise", "to": "pro"}


def test_the_command_knows_no_other_plan_and_no_other_organization(alice):
    with pytest.raises(CommandError):
        call_command("set_plan", str(uuid4()), "pro")
    with pytest.raises(CommandError):
        call_command("set_plan", str(alice.organization.pk), "gold")
