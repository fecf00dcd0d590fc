"""Uploads, deletions and restorations in GET /api/v1/usage/."""

from uuid import UUID

import pytest

from passepartout.billing import services
from passepartout.billing.models import UsageRow
from passepartout.billing.plans import FREE, PLANS
from passepartout.documents.factories import uploaded
from passepartout.documents.purging import purge_document
from passepartout.kernel.scope import scope, tenant

pytestmark = pytest.mark.django_db
URL = "/api/v1/usage/"


def limits(client):
    answer = client.get(URL)
    assert answer.status_code == 200, answer.content
    return {limit["resource"]: limit for limit in answer.json()["limits"]}


def test_every_limit_of_the_plan_is_shown_with_its_use(api, alice, bob):
    client = api(bob)
    assert set(limits(client)) == set(PLANS[FREE].limits)
    document = uploaded(api(alice), b"Une note.", "note.txt")
    services.set_plan(alice.organization.pk, FREE)
    shown = limits(client)
    assert (shown["documents"]["used"], shown["documents"]["percent"]) == (1, 0.5)
    assert shown["storage_bytes"]["used"] == len(b"Une note.")
    assert (shown["members"]["used"], shown["members"]["limit"]) == (2, 3)
    assert shown["documents"]["resets_at"] is None
    assert shown["asks_per_day"]["resets_at"].endswith("T00:00:00Z")
    api(alice).post(f"/api/v1/documents/{document}/actions/delete/")
    assert limits(client)["documents"]["used"] == 0
    api(alice).post(f"/api/v1/documents/{document}/actions/restore/")
    assert limits(client)["documents"]["used"] == 1


def test_after_it_all_the_meters_are_what_counting_gives(api, alice):
    client = api(alice)
    first = uploaded(client, b"Une note.", "a.txt")
    uploaded(client, b"Une autre note.", "b.txt")
    client.post(f"/api/v1/documents/{first}/actions/delete/")
    with scope(organization=alice.organization.pk):
        purge_document(UUID(first))
    with tenant(alice.organization.pk):
        levels = dict(UsageRow.objects.values_list("resource", "amount"))
    assert levels == {"documents": 1, "storage_bytes": len(b"Une autre note.")}
    assert services.reconcile_all() == 0
