"""LLM08, hidden context exposure: a model that recites all it was told betrays no secret, address, key or person."""

import re

import pytest
from django.conf import settings

from passepartout.documents.factories import indexed
from passepartout.kernel.sqlviews import catalogue
from passepartout.llm.prompts import declared
from passepartout.proposals.describing import described
from passepartout.tenancy.models import Role
from tests.answers.house import QUESTION, RULES

pytestmark = pytest.mark.django_db


def secrets():
    url = settings.REDIS_URL.rpartition("@")[0].rpartition(":")[2]
    return [settings.SECRET_KEY, *settings.FIELD_ENCRYPTION_KEYS, settings.AUDIT_ANCHOR_KEY, settings.INFERENCE_TOKEN,
            str(settings.DATABASE_APP["PASSWORD"]), url]  # fmt: skip


def test_what_the_model_is_told_holds_no_secret_and_no_person(client, alice, model):
    document = indexed(client, alice, RULES)
    body = client.post("/api/v1/ask/", {"question": QUESTION}).json()
    (told,) = model.told
    assert not [each for each in secrets() if each and each in told]
    for person in (alice.email, str(alice.user.pk), str(alice.organization.pk), document):
        assert person not in told
    assert not [each for each in secrets() if each and each in str(body)]


def test_a_recited_prompt_is_marked_as_not_from_the_documents(client, alice, model):
    indexed(client, alice, RULES)
    body = client.post("/api/v1/ask/", {"question": QUESTION}).json()
    recited = [each for each in body["sentences"] if "étiquette" in each["text"]]
    assert recited
    assert not any(each["grounded"] for each in recited)


def test_the_prompts_of_the_code_name_no_host_and_no_path():
    for known in declared().values():
        for template in known.default.templates.values():
            assert "://" not in template.system + template.user
            assert "/home/" not in template.system + template.user


def test_the_prompt_for_sql_names_views_and_nothing_that_guards_them():
    """Who knows all of it knows nothing that the gate relies on: roles, tables, policies and limits are not in it."""
    told = described("fr") + described("en")
    views = catalogue().views
    assert all(name in told for name in views)
    guarded = (
        "app_current_org",
        "org_id",
        "password",
        "pp_reader",
        "pp_writer",
        "pg_",
        "row level",
        "wrapped",
        "secret",
    )
    assert not [each for each in guarded if each in told.lower()]


def test_nothing_of_who_may_do_what_is_in_a_prompt():
    for known in declared().values():
        for template in known.default.templates.values():
            said = (template.system + template.user).lower()
            assert not [role.value for role in Role if role.value in said and role.value != "driver"]
            assert not re.search(r"password|mot de passe|api.?key|clé d.api|token", said)
