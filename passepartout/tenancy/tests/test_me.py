"""PATCH /api/v1/me/: the language of letters to oneself."""

import pytest
from django.utils import timezone

from passepartout.tenancy.models import User

pytestmark = pytest.mark.django_db
URL = "/api/v1/me/"


def locale_of(person):
    return User.objects.get(pk=person.user.pk).locale


@pytest.mark.parametrize("locale", ["de", "", None, "fr-FR"])
def test_a_language_that_is_not_spoken_is_refused(api, alice, locale):
    assert api(alice).patch(URL, {"locale": locale}).status_code == 422
    assert locale_of(alice) == "fr"


def test_nobody_else_is_written_to_in_another_language(api, alice, bob):
    answer = api(alice).patch(URL, {"locale": "en"})
    assert answer.json()["user"]["locale"] == "en"
    assert (locale_of(alice), locale_of(bob)) == ("en", "fr")


def test_a_program_does_not_choose_for_its_owner(api, alice):
    body = {"name": "n8n", "scopes": ["clients:read"], "expires_at": f"{timezone.now().year + 1}-01-01T00:00:00Z"}
    key = api(alice).post("/api/v1/api-keys/", body).json()["key"]
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert client.patch(URL, {"locale": "en"}).json()["code"] == "session_required"
    assert locale_of(alice) == "fr"
