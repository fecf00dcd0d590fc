"""System checks: secrets that are too weak, a tenant table without its policy."""

import pytest
from django.apps import apps
from django.core.checks import run_checks

from passepartout.tenancy import checks


@pytest.mark.parametrize("key", ["", "short", "é", "A" * 43 + "=="])
def test_an_encryption_key_that_is_none_is_an_error(settings, key):
    settings.FIELD_ENCRYPTION_KEYS = [key]
    assert [found.id for found in checks.secrets_are_strong()] == ["tenancy.E003"]


def test_a_short_secret_is_an_error(settings):
    settings.SECRET_KEY = "short"
    assert [found.id for found in checks.secrets_are_strong()] == ["tenancy.E002"]


def test_a_tenant_table_that_lost_its_policy_is_an_error(monkeypatch):
    model = apps.get_model("clients", "Project")
    monkeypatch.setattr(model._meta, "constraints", [])
    assert [found.id for found in checks.every_tenant_table_has_its_policy()] == ["tenancy.E001"]


def test_the_installation_as_it_is_has_no_errors():
    assert [found for found in run_checks() if found.id and found.id.startswith("tenancy.")] == []
