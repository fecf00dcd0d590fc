"""The same life of a file when it is in a bucket: uploaded, read, downloaded by our links only, erased."""

import hashlib
import io
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from engines.objects.tests.scripted_s3 import refusal, serving
from engines.reading.tests.pdfs import drawn, text_at
from passepartout.documents.factories import indexed, sent, uploaded
from passepartout.documents.purging import purge_document
from passepartout.files.checks import the_bucket_is_named_and_has_keys
from passepartout.files.models import StoredObject
from passepartout.files.store import store_of
from passepartout.kernel.scope import scope, tenant

pytestmark = pytest.mark.django_db
URL = "/api/v1/documents/"
TEXT = "Le dépôt de garantie est de 850 euros."


def names_in(bucket):
    return [row["Key"] for row in bucket.client.list_objects_v2(Bucket=bucket._bucket).get("Contents", [])]


def link_to(client: APIClient, ident: str) -> str:
    answer = client.get(f"{URL}{ident}/file/")
    assert answer.status_code == 302
    return str(answer["Location"])


# What must not happen


def test_a_link_never_leads_to_the_bucket_nor_names_it(api, alice, bucket):
    link = link_to(api(alice), uploaded(api(alice), TEXT))
    assert urlsplit(link).netloc == ""
    assert bucket._bucket not in link


@pytest.mark.parametrize("change", ["tampered", "other document", "none"])
def test_the_attacks_on_a_link_fail_whatever_the_store(api, alice, bucket, change):
    client = api(alice)
    ident, other = uploaded(client, TEXT), uploaded(client, "Autre chose.")
    link = link_to(client, ident)
    changed = {
        "tampered": link[:-1] + ("A" if link[-1] != "A" else "B"),
        "other document": link.replace(ident, other),
        "none": link.split("?")[0],
    }[change]
    answer = api().get(changed)
    assert answer.status_code in {401, 403}
    assert TEXT not in answer.content.decode()


def test_a_link_is_dead_once_the_document_is_deleted_and_replays_give_nothing(api, alice, bucket):
    client = api(alice)
    ident = uploaded(client, TEXT)
    link = link_to(client, ident)
    assert b"".join(api().get(link)) == TEXT.encode()
    client.post(f"{URL}{ident}/actions/delete/")
    assert api().get(link).status_code == 404


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (refusal(403, "AccessDenied"), 503, "storage_denied"),
        (refusal(500, "InternalError"), 503, "storage_unavailable"),
        (refusal(507, "XMinioStorageFull"), 507, "storage_full"),
    ],
)
def test_a_bucket_that_says_no_is_a_short_problem_and_no_row(api, alice, settings, bucket, answer, status, code):
    client = api(alice)
    with serving(answer) as script:
        settings.S3_ENDPOINT_URL = script.url
        refused = sent(client, TEXT)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert bucket._bucket not in refused.content.decode()
    with tenant(alice.organization.pk):
        assert StoredObject.objects.count() == 0


def test_a_refused_upload_leaves_nothing_in_the_bucket(api, alice, bucket):
    assert sent(api(alice), b"MZ\x90\x00" + b"x" * 100, "a.exe").status_code == 415
    assert sent(api(alice), b"", "a.txt").status_code == 422
    assert names_in(bucket) == []


# What it is for


def test_a_document_is_read_from_the_bucket_found_and_drawn(api, alice, bucket, tmp_path):
    client = api(alice)
    pdf = drawn(tmp_path / "bail.pdf", text_at((50, 700, "Le montant du loyer est de 850 euros.")))
    ident = indexed(client, alice, pdf.read_bytes(), "bail.pdf")
    assert client.get("/api/v1/search/?q=montant+du+loyer").json()["results"][0]["document"] == ident
    assert client.get(f"{URL}{ident}/pages/1.png").status_code == 200
    assert names_in(bucket) == [
        f"passepartout/objects/{alice.organization.pk.hex}/{hashlib.sha256(pdf.read_bytes()).hexdigest()}"
    ]


def test_erasing_a_document_takes_its_bytes_out_of_the_bucket(api, alice, bucket):
    client = api(alice)
    ident = indexed(client, alice, TEXT)
    client.post(f"{URL}{ident}/actions/delete/")
    with scope(organization=alice.organization.pk):
        purge_document(UUID(ident))
    assert names_in(bucket) == []


# Moving


def run_copy(source, target):
    said = io.StringIO()
    call_command("objects_copy", "--from", source, "--to", target, stdout=said)
    return said.getvalue()


@pytest.fixture
def two_in_the_folder(api, alice, charlie, bucket, settings):
    url, settings.OBJECTS_URL = settings.OBJECTS_URL, ""
    uploaded(api(alice), TEXT)
    uploaded(api(charlie), TEXT)
    settings.OBJECTS_URL = url


def test_moving_copies_every_organizations_files_once_and_goes_on_where_it_stopped(two_in_the_folder, bucket):
    gone = names_in(bucket)
    assert "2 copied, 0 there already" in run_copy("folder", "s3")
    bucket.client.delete_object(Bucket=bucket._bucket, Key=names_in(bucket)[0])
    assert "1 copied, 1 there already" in run_copy("folder", "s3")
    assert (gone, len(names_in(bucket))) == ([], 2)


def test_a_file_damaged_in_the_source_is_named_and_not_copied(two_in_the_folder, alice, bucket):
    with tenant(alice.organization.pk):
        row = StoredObject.objects.get()
    store_of("folder").put(io.BytesIO(b"altered by somebody else"), row.storage_path)
    with pytest.raises(CommandError, match="missing or damaged"):
        run_copy("folder", "s3")
    assert [row.storage_path in name for name in names_in(bucket)] == [False]


def test_a_file_missing_in_the_source_is_named(two_in_the_folder, alice, bucket):
    with tenant(alice.organization.pk):
        row = StoredObject.objects.get()
    store_of("folder").delete(row.storage_path)
    with pytest.raises(CommandError, match="missing or damaged"):
        run_copy("folder", "s3")


def test_moving_to_where_it_is_already_or_to_nowhere_is_refused(settings, bucket):
    with pytest.raises(CommandError, match="same store"):
        run_copy("s3", "s3")
    settings.OBJECTS_URL = ""
    with pytest.raises(CommandError, match="s3://bucket"):
        run_copy("folder", "s3")


# Said before anything is started


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"OBJECTS_URL": "http://host/bucket"}, ["files.E001"]),
        ({"S3_SECRET_KEY": ""}, ["files.E002"]),
        ({"S3_ADDRESSING": "sideways"}, ["files.E003"]),
    ],
)
def test_settings_that_cannot_work_are_refused_at_the_start(settings, bucket, changes, found):
    for name, value in changes.items():
        setattr(settings, name, value)
    assert [message.id for message in the_bucket_is_named_and_has_keys()] == found


def test_the_check_says_where_the_files_are_or_what_is_wrong(settings, bucket):
    said = io.StringIO()
    call_command("objects_check", stdout=said)
    assert f"bucket {bucket._bucket}" in said.getvalue()
    with serving(refusal(403, "AccessDenied")) as script:
        settings.S3_ENDPOINT_URL = script.url
        with pytest.raises(CommandError, match="storage_denied"):
            call_command("objects_check")
