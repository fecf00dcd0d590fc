"""GET /api/v1/audit/export/: streamed, audited itself, and no formula in it."""

import asyncio
import csv
import io
import json

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from passepartout.audit import selectors
from passepartout.audit.exporting import ExportAnswer, defused
from passepartout.audit.services import record
from passepartout.kernel.scope import tenant

pytestmark = pytest.mark.django_db
URL = "/api/v1/audit/export/"


def done(person, action, detail=None):
    with tenant(person.organization.pk, person.user.pk):
        record(action, detail=detail)


def exported(client, **query):
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer
    return b"".join(answer).decode()


def test_who_may_only_read_does_not_export(api, bob):
    assert api(bob).get(URL).status_code == 403


@pytest.mark.parametrize("query", [{"format": "xlsx"}, {"user": "x"}, {"since": "yesterday"}])
def test_what_cannot_be_read_is_invalid_and_is_no_export(api, alice, query):
    client = api(alice)
    assert client.get(URL, query).status_code == 422
    assert client.get("/api/v1/audit/", {"action": "audit.exported"}).json()["results"] == []


def test_lines_of_another_organization_are_not_in_it(api, alice, charlie):
    done(charlie, "secret.done")
    for form in ("csv", "json"):
        assert "secret.done" not in exported(api(alice), format=form)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "\n=cmd|' /C calc'!A0", "\uff1d1"]
)
def test_a_cell_that_a_spreadsheet_would_calculate_becomes_text(cell):
    assert defused(cell) == f"'{cell}"


def test_other_cells_stay_as_they_are():
    assert [defused(cell) for cell in ("", "client.created", "a=b", "1-2")] == ["", "client.created", "a=b", "1-2"]


def test_no_cell_of_a_csv_begins_like_a_formula(api, alice):
    with tenant(alice.organization.pk, alice.user.pk):
        record("=cmd", sql_query='-1+2"; DROP', detail={"a": "@b"})
    rows = list(csv.DictReader(io.StringIO(exported(api(alice), format="csv"))))
    line = next(row for row in rows if "cmd" in row["action_type"])
    assert line["action_type"] == "'=cmd"
    assert line["sql_query"] == "'-1+2\"; DROP"
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+-@" and cell]


def test_it_holds_every_line_that_the_filters_leave_oldest_first(api, alice, monkeypatch):
    monkeypatch.setattr(selectors, "PAGE", 2)  # several pages
    for number in range(5):
        done(alice, "x.done", {"number": number})
    client = api(alice)
    lines = json.loads(exported(client, format="json", action="x.done"))
    assert [line["detail"]["number"] for line in lines] == list(range(5))
    assert len(exported(client, action="x.done").splitlines()) == 6
    assert json.loads(exported(client, format="json", action="nothing.done")) == []


def test_an_export_is_a_line_of_the_log_that_says_what_was_taken(api, alice):
    client = api(alice)
    exported(client, format="csv", action="x.done")
    line = client.get("/api/v1/audit/", {"action": "audit.exported"}).json()["results"][0]
    assert line["detail"] == {"format": "csv", "filters": {"action": "x.done"}}
    assert line["user_id"] == str(alice.user.pk)


def test_an_address_that_somebody_looked_for_does_not_enter_the_log(api, alice):
    client = api(alice)
    exported(client, object_id="paul@example.org", object_type="users")
    line = client.get("/api/v1/audit/", {"action": "audit.exported"}).json()["results"][0]
    assert line["detail"]["filters"] == {"object_id": "…", "object_type": "users"}


@pytest.mark.django_db(transaction=True)
def test_it_is_read_page_by_page_under_asgi_too(alice, monkeypatch):
    monkeypatch.setattr(selectors, "PAGE", 2)
    for _ in range(3):
        done(alice, "x.done")
    with tenant(alice.organization.pk):
        rows = selectors.recent().filter(action_type="x.done")

    async def pieces():
        answer = ExportAnswer(selectors.pages(rows, organization=alice.organization.pk, user=alice.user.pk), "json")
        found = [piece async for piece in answer]
        await sync_to_async(connections.close_all)()
        return found

    found = asyncio.run(pieces())
    assert len(found) == 3
    assert len(json.loads(b"".join(found))) == 3
