"""Content of an organization: kept with its row, gone with its failed transaction, never another's."""

import hashlib
import os
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from passepartout.files import services
from passepartout.files.models import StoredObject
from passepartout.files.store import object_store
from passepartout.files.uploads import StoredUpload, clean_name
from passepartout.kernel.errors import ScopeMissing
from passepartout.kernel.scope import scope, tenant, tenant_transaction

pytestmark = pytest.mark.django_db
CONTENT = b"Bonjour"


def received(content=CONTENT):
    draft = object_store().create()
    draft.write(content)
    return StoredUpload(
        draft, name="a.txt", size=len(content), sha256=hashlib.sha256(content).hexdigest(), head=content
    )


def files_in(folder):
    return [path for path in (Path(django_settings.OBJECTS_DIR) / folder).rglob("*") if path.is_file()]


def keep(upload):
    with services.content_transaction(upload):
        return services.store(upload, mime="text/plain")


def test_storing_outside_a_tenants_transaction_raises(alice):
    with scope(organization=alice.organization.pk), pytest.raises(ScopeMissing):
        services.store(received(), mime="text/plain")


def test_the_same_content_is_kept_once(alice):
    with scope(organization=alice.organization.pk):
        assert keep(received()).pk == keep(received()).pk
    assert (len(files_in("objects")), files_in("drafts")) == (1, [])


def fail_after_storing(upload):
    with services.content_transaction(upload):
        services.store(upload, mime="text/plain")
        raise ZeroDivisionError


def test_a_failed_transaction_takes_its_own_content_away(alice):
    with scope(organization=alice.organization.pk), pytest.raises(ZeroDivisionError):
        fail_after_storing(received())
    assert files_in("objects") == []


def test_a_failed_transaction_leaves_the_content_that_another_document_has(alice):
    with scope(organization=alice.organization.pk):
        keep(received())
        with pytest.raises(ZeroDivisionError):
            fail_after_storing(received())
    assert [path.read_bytes() for path in files_in("objects")] == [CONTENT]


def test_forgetting_takes_row_and_bytes_of_one_organization_only(alice, charlie):
    with scope(organization=charlie.organization.pk):
        keep(received())
    with scope(organization=alice.organization.pk):
        mine = keep(received())
        with tenant_transaction():
            services.lock_content(mine.sha256)
            services.forget(mine)
    with tenant(alice.organization.pk):
        assert StoredObject.objects.count() == 0
    with tenant(charlie.organization.pk):
        assert object_store().exists(StoredObject.objects.get().storage_path)


def test_sweeping_takes_old_drafts_and_leaves_young_ones(alice):
    old, young = received(), received()
    (first, second) = sorted(files_in("drafts"), key=lambda path: path.stat().st_mtime_ns)
    long_ago = time.time() - 7 * 3600
    os.utime(first, (long_ago, long_ago))
    assert services.sweep() == 1
    assert files_in("drafts") == [second]
    old.close()
    young.close()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", "document"),
        ("...", "document"),
        ("/", "document"),
        ("\x00\u200b", "document"),
        ("a/b\\c.pdf", "c.pdf"),
        (" .caché. ", "caché"),
        ("é" * 300 + ".pdf", "é" * 196 + ".pdf"),
        ("x." + "y" * 300, "x." + "y" * 188 + "." + "y" * 9),
    ],
)
def test_a_name_is_cleaned(given, kept):
    assert clean_name(given) == kept
    assert len(clean_name(given)) <= 200
