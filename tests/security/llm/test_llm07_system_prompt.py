"""LLM07: a model that recites its instructions betrays nothing: no secret, address, key or person is in them."""

import pytest
from django.conf import settings

from passepartout.documents.factories import indexed
from passepartout.llm.prompts import declared
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
