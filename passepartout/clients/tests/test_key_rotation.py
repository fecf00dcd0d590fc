"""Keys are changed while people work: what is stored can be read before, during and after, and found all the time."""

import base64
import os
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from passepartout.clients import selectors, services
from passepartout.clients.models import Client
from passepartout.kernel.crypto import DecryptionError
from passepartout.kernel.scope import tenant
from passepartout.tenancy import keys, rotation
from passepartout.tenancy.models import EncryptionKey

pytestmark = pytest.mark.django_db
PEOPLE = [f"Mme Durand {number}" for number in range(7)]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 2)
    keys.forget()
    yield
    keys.forget()


@pytest.fixture
def durands(alice):
    with tenant(alice.organization.pk, alice.user.pk):
        return [services.create_client(name=name, email=f"{n}@example.org").pk for n, name in enumerate(PEOPLE)]


def stored(person):
    with tenant(person.organization.pk), connection.cursor() as cursor:
        cursor.execute("SELECT name, email FROM clients ORDER BY id")
        return cursor.fetchall()


def names(person):
    keys.forget()
    with tenant(person.organization.pk):
        return [row.name for row in Client.objects.order_by("pk")]


def aged(person):
    """As if the change had begun long enough ago that every process knows the new key."""
    with tenant(person.organization.pk):
        former = EncryptionKey.objects.filter(replaced_at__isnull=False)
        former.update(replaced_at=timezone.now() - rotation.SETTLED_AFTER - timedelta(seconds=1))


def key_rows(person):
    with tenant(person.organization.pk):
        return EncryptionKey.objects.filter(purpose="fields").count()


def said(*arguments):
    out = StringIO()
    call_command("rotate_keys", *arguments, stdout=out)
    return out.getvalue()


def test_a_former_key_is_not_deleted_while_a_process_may_still_write_with_it(alice, durands):
    rotation.change_keys(alice.organization.pk)
    rotation.reencrypt(alice.organization.pk)
    assert rotation.retire(alice.organization.pk) is False
    assert key_rows(alice) == 2


def test_a_former_key_is_not_deleted_while_anything_is_left_under_it(alice, durands):
    rotation.change_keys(alice.organization.pk)
    aged(alice)
    assert rotation.retire(alice.organization.pk) is False
    assert names(alice) == PEOPLE


def test_a_second_change_does_not_begin_before_the_first_has_ended(alice, durands):
    assert rotation.change_keys(alice.organization.pk) is True
    assert rotation.change_keys(alice.organization.pk) is False
    assert key_rows(alice) == 2


@pytest.mark.parametrize("batches", range(5))
def test_killed_after_any_batch_everything_reads_and_the_next_run_ends_it(alice, durands, monkeypatch, batches):
    rotation.change_keys(alice.organization.pk)
    real, left = rotation._batch, [batches]

    def killed(*args):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return real(*args)

    monkeypatch.setattr(rotation, "_batch", killed)
    with pytest.raises(KeyboardInterrupt):
        rotation.reencrypt(alice.organization.pk)
    assert names(alice) == PEOPLE
    monkeypatch.setattr(rotation, "_batch", real)
    aged(alice)
    assert rotation.go_on() == 1
    assert names(alice) == PEOPLE
    assert key_rows(alice) == 1


def test_killed_inside_a_batch_nothing_of_it_is_kept_and_nothing_is_lost(alice, durands, monkeypatch):
    rotation.change_keys(alice.organization.pk)
    before, real = stored(alice), rotation._written

    def killed(*args):
        real(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(rotation, "_written", killed)
    with pytest.raises(KeyboardInterrupt):
        rotation.reencrypt(alice.organization.pk)
    assert stored(alice) == before
    assert names(alice) == PEOPLE


def test_a_value_changed_meanwhile_is_not_overwritten(alice, durands, monkeypatch):
    rotation.change_keys(alice.organization.pk)
    real = rotation._written

    def slowly(model, fields, changes):
        if model is Client and Client.objects.get(pk=durands[0]).name == PEOPLE[0]:
            services.change(Client.objects.get(pk=durands[0]), name="Mme Martin")
        return real(model, fields, changes)

    monkeypatch.setattr(rotation, "_written", slowly)
    assert rotation.reencrypt(alice.organization.pk).rows == len(PEOPLE) - 1
    assert names(alice) == ["Mme Martin", *PEOPLE[1:]]


def test_an_altered_value_keeps_its_former_key_and_is_told(alice, durands):
    with tenant(alice.organization.pk), connection.cursor() as cursor:
        cursor.execute("UPDATE clients SET name = email WHERE id = %s", [durands[0]])
    with pytest.raises(CommandError, match="1 rows cannot be opened"):
        said("--data", "--organization", str(alice.organization.pk))
    aged(alice)
    assert rotation.go_on() == 0
    assert key_rows(alice) == 2


def test_every_value_is_under_the_new_key_and_the_old_one_is_gone(alice, durands):
    before = stored(alice)
    assert said("--data").startswith("7 rows encrypted again")
    after = stored(alice)
    assert all(
        old != new for olds, news in zip(before, after, strict=True) for old, new in zip(olds, news, strict=True)
    )
    aged(alice)
    assert said("--resume") == "1 former keys deleted\n"
    assert names(alice) == PEOPLE


def test_exact_search_finds_during_and_after_a_change(alice, durands):
    with tenant(alice.organization.pk, alice.user.pk):
        before = Client.objects.get(pk=durands[3]).email_index
    rotation.change_keys(alice.organization.pk)
    for step in (lambda: None, lambda: rotation.reencrypt(alice.organization.pk)):
        step()
        with tenant(alice.organization.pk, alice.user.pk):
            assert [row.pk for row in selectors.clients(exactly="3@example.org")] == [durands[3]]
            assert services.create_client(name="New", email="3@example.org").email_index == before
            Client.objects.filter(name_index=Client.objects.order_by("-pk")[0].name_index).delete()


def test_a_process_that_knows_the_old_key_only_reads_what_was_written_under_the_new_one(alice, durands):
    held = keys.organization_keys(alice.organization.pk)
    rotation.change_keys(alice.organization.pk)
    rotation.reencrypt(alice.organization.pk)
    keys._kept[alice.organization.pk] = (keys._kept[alice.organization.pk][0], held)
    with tenant(alice.organization.pk):
        assert [row.name for row in Client.objects.order_by("pk")] == PEOPLE


def test_another_organization_keeps_its_key_and_its_values(alice, charlie, durands):
    with tenant(charlie.organization.pk, charlie.user.pk):
        services.create_client(name="Theirs")
    before = stored(charlie)
    said("--data", "--organization", str(alice.organization.pk))
    assert stored(charlie) == before
    assert key_rows(charlie) == 1


def master():
    return base64.b64encode(os.urandom(32)).decode()


def test_a_new_master_key_alone_opens_nothing(alice, durands, settings):
    settings.FIELD_ENCRYPTION_KEYS = [master()]
    keys.forget()
    with pytest.raises(CommandError, match="FIELD_ENCRYPTION_KEY"):
        said("--master")


def test_after_wrapping_the_former_master_key_is_not_needed_any_more(alice, charlie, durands, settings):
    new = master()
    settings.FIELD_ENCRYPTION_KEYS = [new, *settings.FIELD_ENCRYPTION_KEYS]
    before = stored(alice)
    assert said("--master") == "4 keys wrapped under the new master key\n"
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert names(alice) == PEOPLE
    assert stored(alice) == before
    assert said("--master") == "0 keys wrapped under the new master key\n"


def test_killed_between_two_organizations_the_next_run_does_the_rest(alice, charlie, durands, settings, monkeypatch):
    old, new = settings.FIELD_ENCRYPTION_KEYS[0], master()
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    real, calls = rotation._rewrap, []

    def killed(organization):
        calls.append(organization)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return real(organization)

    monkeypatch.setattr(rotation, "_rewrap", killed)
    with pytest.raises(KeyboardInterrupt):
        rotation.rewrap_all()
    assert names(alice) == PEOPLE
    monkeypatch.setattr(rotation, "_rewrap", real)
    assert rotation.rewrap_all() == 2
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert names(alice) == PEOPLE
    settings.FIELD_ENCRYPTION_KEYS = [old]
    with pytest.raises(DecryptionError):
        names(alice)


def test_who_changed_keys_is_in_the_audit_log(api, alice, durands):
    said("--data")
    aged(alice)
    said("--resume")
    lines = api(alice).get("/api/v1/audit/").json()["results"]
    assert [line["action_type"] for line in lines if line["action_type"].startswith("keys.")] == [
        "keys.change_ended",
        "keys.change_begun",
    ]
