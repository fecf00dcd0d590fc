"""POST /api/v1/auth/refresh/ and /auth/logout/: rotating families of refresh tokens."""

from datetime import timedelta

import pytest
from django.utils import timezone

from passepartout.audit.selectors import recent
from passepartout.kernel.scope import tenant
from passepartout.tenancy.models import RefreshToken

pytestmark = pytest.mark.django_db
REFRESH = "/api/v1/auth/refresh/"
LOGOUT = "/api/v1/auth/logout/"
ME = "/api/v1/me/"


def use(client, secret):
    client.cookies["refresh_token"] = secret
    return client.post(REFRESH)


def audited(person):
    with tenant(person.organization.pk, person.user.pk):
        return [line.action_type for line in recent()]


@pytest.mark.parametrize("secret", ["", "unknown", "x" * 5000, "é"])
def test_an_unknown_cookie_is_refused(api, alice, secret):
    answer = use(api(), secret)
    assert answer.status_code == 401
    assert answer.json()["code"] in {"refresh_missing", "refresh_invalid"}


def test_without_a_cookie_there_is_nothing_to_refresh(api):
    assert api().post(REFRESH).json()["code"] == "refresh_missing"


def test_an_expired_refresh_token_is_refused(api, alice):
    client = api(alice)
    RefreshToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.post(REFRESH).json()["code"] == "refresh_invalid"


def test_an_access_token_is_no_refresh_token(api, alice):
    client = api(alice)
    access = client._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    assert use(client, access).status_code == 401


def test_using_a_refresh_token_twice_ends_the_session_of_both_holders(api, alice):
    owner, thief = api(alice), api()
    stolen = owner.cookies["refresh_token"].value
    fresh = owner.post(REFRESH).json()["access"]
    assert owner.get(ME, HTTP_AUTHORIZATION=f"Bearer {fresh}").status_code == 200
    answer = use(thief, stolen)
    assert (answer.status_code, answer.json()["code"]) == (401, "refresh_reused")
    assert owner.post(REFRESH).json()["code"] == "refresh_invalid"
    for access in (fresh, owner._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")):
        ended = api().get(ME, HTTP_AUTHORIZATION=f"Bearer {access}")
        assert (ended.status_code, ended.json()["code"]) == (401, "token_revoked")
    assert "auth.refresh_reused" in audited(alice)


def test_another_session_of_the_same_user_survives_a_reuse(api, alice):
    phone, laptop = api(alice), api(alice)
    stolen = phone.cookies["refresh_token"].value
    phone.post(REFRESH)
    use(api(), stolen)
    assert laptop.get(ME).status_code == 200
    assert laptop.post(REFRESH).status_code == 200


def test_logging_out_ends_the_access_token_and_the_cookie(api, alice):
    client = api(alice)
    secret = client.cookies["refresh_token"].value
    answer = client.post(LOGOUT)
    assert answer.status_code == 204
    gone = answer.cookies["refresh_token"]
    assert (gone.value, gone["path"], gone["max-age"]) == ("", "/api/v1/auth/", 0)
    assert client.get(ME).json()["code"] == "token_revoked"
    assert use(client, secret).status_code == 401
    assert "auth.signed_out" in audited(alice)


def test_logging_out_without_a_session_is_no_error(api):
    assert api().post(LOGOUT).status_code == 204


def test_refreshing_gives_a_new_token_and_a_new_cookie(api, alice):
    client = api(alice)
    before = client.cookies["refresh_token"].value
    answer = client.post(REFRESH)
    assert answer.status_code == 200
    assert answer.cookies["refresh_token"].value != before
    access = answer.json()["access"]
    assert client.get(ME, HTTP_AUTHORIZATION=f"Bearer {access}").json()["user"]["email"] == alice.email
    assert client.post(REFRESH).status_code == 200


@pytest.mark.parametrize("secure", [True, False])
def test_scripts_other_sites_and_other_paths_do_not_get_the_cookie(api, alice, settings, secure):
    settings.SECURE = secure
    cookie = api(alice).cookies["refresh_token"]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/api/v1/auth/"
    assert cookie["max-age"] == 14 * 86400
    assert bool(cookie["secure"]) is secure


def test_the_table_holds_no_refresh_token_in_clear(api, alice):
    secret = api(alice).cookies["refresh_token"].value
    row = RefreshToken.objects.get()
    assert secret not in {str(value) for value in vars(row).values()}
