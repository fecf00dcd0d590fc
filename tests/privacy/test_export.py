"""A copy of a person's data: one ZIP that holds theirs and nobody else's, for some days."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from engines.objects import StorageUnavailable
from passepartout.documents.factories import work
from passepartout.files.store import object_store
from passepartout.kernel.scope import scope, tenant
from passepartout.privacy import exporting
from passepartout.privacy.models import DataRequest

from .world import EMAIL, LEASE, LETTER, URL, acted, everything, item_of, requested, shown

pytestmark = pytest.mark.django_db


def exported(api, world, *, keep=(), **subject):
    ident = requested(api, world, "export", **subject)
    acted(api, world.alice, ident, "confirm", keep=list(keep))
    work(world.alice.organization)
    assert shown(api, world, ident)["status"] == "done"
    return ident


def link_of(api, world, ident):
    answer = api(world.alice).get(f"{URL}{ident}/file/")
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def opened(api, world, ident):
    content = b"".join(api().get(link_of(api, world, ident)))
    return zipfile.ZipFile(io.BytesIO(content))


def test_it_holds_the_persons_data_and_files(api, world):
    archive = opened(api, world, exported(api, world))
    assert archive.testzip() is None
    names = archive.namelist()
    assert {"LISEZMOI.txt", "SHA256SUMS", "data/clients.json", "data/members.json"} <= set(names)
    client = json.loads(archive.read("data/clients.json"))[0]
    assert (client["name"], client["email"]) == ("Éloïse Durand", EMAIL)
    files = {archive.read(name).decode() for name in names if name.startswith("files/")}
    assert files == {LEASE, LETTER}
    assert "copie de vos données" in archive.read("LISEZMOI.txt").decode()


def test_what_is_somebody_elses_is_left_out_and_counted(api, world):
    ident = exported(api, world)
    archive = opened(api, world, ident)
    said = b"".join(archive.read(name) for name in archive.namelist()).decode()
    for text in ("Notes privées", "paul@example.org", "mirabelle", "Que préfère", "Parc SA", world.bob.email):
        assert text not in said, text
    assert not {"data/messages.json", "data/llm_jobs.json"} & set(archive.namelist())
    left = {row["what"]: row["because"] for row in shown(api, world, ident)["receipt"]["kept"]}
    assert left["messages"] == left["documents"] == "others_rights"


def test_a_members_own_conversations_are_theirs(api, world):
    ident = exported(api, world, user=str(world.bob.user.pk))
    archive = opened(api, world, ident)
    conversations = json.loads(archive.read("data/conversations.json"))
    assert "Quel est le dépôt de garantie ?" in str(conversations)
    assert "Que préfère" not in str(conversations)
    assert json.loads(archive.read("data/members.json"))[0]["email"] == world.bob.email
    assert b"Notes priv" in b"".join(archive.read(name) for name in archive.namelist())


def test_what_the_reviewer_leaves_out_is_not_in_it(api, world):
    ident = requested(api, world, "export")
    letter = item_of(api, world, ident, world.naming)
    acted(api, world.alice, ident, "confirm", keep=[{"item": letter["id"], "because": "others_rights"}])
    work(world.alice.organization)
    archive = opened(api, world, ident)
    assert LETTER not in [archive.read(name).decode() for name in archive.namelist()]


def test_every_file_is_what_its_hash_says(api, world):
    archive = opened(api, world, exported(api, world))
    for line in archive.read("SHA256SUMS").decode().splitlines():
        sha256, name = line.split("  ", 1)
        assert hashlib.sha256(archive.read(name)).hexdigest() == sha256


def test_nothing_is_erased_by_an_export(api, world):
    before = [mark in everything(world.alice) for mark in ("Durand", "850 euros")]
    exported(api, world)
    assert [mark in everything(world.alice) for mark in ("Durand", "850 euros")] == before


def test_in_english_for_an_organization_that_speaks_english(api, world):
    with tenant(world.alice.organization.pk):
        world.alice.organization.locale = "en"
        world.alice.organization.save()
    archive = opened(api, world, exported(api, world))
    assert "a copy of your data" in archive.read("README.txt").decode()


@pytest.mark.parametrize("role", ["manager", "concierge", "auditor", "client_portal"])
def test_only_who_decides_on_requests_may_download(api, world, role):
    from passepartout.tenancy.factories import colleague

    ident = exported(api, world)
    person = colleague(world.alice, f"{role}@example.org", role)
    assert api(person).get(f"{URL}{ident}/file/").status_code == 403


def test_a_link_is_for_one_file_and_does_not_outlive_the_right(api, world):
    ident = exported(api, world)
    link = link_of(api, world, ident)
    assert api().get(link.replace(ident, world.linked)).status_code in {403, 404}
    assert api().get(link + "x").status_code == 403
    with tenant(world.alice.organization.pk, world.alice.user.pk):
        from passepartout.tenancy.models import Membership

        Membership.objects.filter(user=world.alice.user).update(role="manager")
    assert api().get(link).status_code == 403


def test_a_download_is_an_audit_line(api, world):
    ident = exported(api, world)
    link_of(api, world, ident)
    lines = api(world.alice).get(f"/api/v1/audit/?object_id={ident}").json()["results"]
    assert lines[0]["action_type"] == "data_request.downloaded"


def test_after_some_days_the_file_is_gone_and_the_receipt_stays(api, world):
    ident = exported(api, world)
    with scope(organization=world.alice.organization.pk):
        assert exporting.expire(timezone.now() - timedelta(days=1), 10) == 0
        assert exporting.expire(timezone.now() + timedelta(seconds=1), 10) == 1
        assert exporting.expire(timezone.now() + timedelta(seconds=1), 10) == 0
    answer = api(world.alice).get(f"{URL}{ident}/file/")
    assert (answer.status_code, answer.json()["code"]) == (404, "export_gone")
    assert shown(api, world, ident)["receipt"]["done"]["clients"] == 1
    assert not object_store().exists(f"{world.alice.organization.pk.hex}/exports/{ident.replace('-', '')}")


def test_a_file_past_its_day_is_not_given_even_before_it_is_erased(api, world):
    ident = exported(api, world)
    with tenant(world.alice.organization.pk):
        DataRequest.objects.filter(pk=ident).update(expires_at=timezone.now())
    assert api(world.alice).get(f"{URL}{ident}/file/").status_code == 404


def test_a_store_that_is_away_ends_in_another_attempt(api, world, monkeypatch):
    ident = requested(api, world, "export")
    acted(api, world.alice, ident, "confirm")
    real, calls = exporting.object_store, []

    def away_once():
        calls.append(1)
        if len(calls) == 1:
            raise StorageUnavailable("away")
        return real()

    monkeypatch.setattr(exporting, "object_store", away_once)
    work(world.alice.organization)
    assert shown(api, world, ident)["status"] == "running"
    work(world.alice.organization)
    assert shown(api, world, ident)["status"] == "done"
    assert opened(api, world, ident).testzip() is None
