"""POST /api/v1/auth/token/ and the tokens that it gives."""

import os
from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import jwt
import pytest
from django.conf import ENVIRONMENT_VARIABLE, settings
from django.contrib.auth.hashers import get_hasher
from django.utils import timezone

from passepartout.kernel.scope import tenant
from passepartout.tenancy import services, tokens
from passepartout.tenancy.factories import PASSWORD
from passepartout.tenancy.models import Membership, RefreshToken, Role, User

pytestmark = pytest.mark.django_db
TOKEN = "/api/v1/auth/token/"
ME = "/api/v1/me/"


def claims(person, **changes):
    now = timezone.now()
    family = tokens.open_family(person.user, person.organization.pk)[1].family
    return {
        "iss": tokens.ISSUER,
        "aud": tokens.AUDIENCE,
        "sub": str(person.user.pk),
        "org": str(person.organization.pk),
        "fam": str(family),
        "iat": now,
        "exp": now + timedelta(minutes=5),
        **changes,
    }


def signed(content, key=None, algorithm="HS256"):
    return jwt.encode(content, settings.SECRET_KEY if key is None else key, algorithm=algorithm)


def me_with(api, token, **headers):
    return api().get(ME, HTTP_AUTHORIZATION=f"Bearer {token}", **headers)


def test_a_wrong_password_does_not_enter(api, alice):
    answer = api().post(TOKEN, {"email": alice.email, "password": "wrong horse"})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_credentials")
    assert answer["Content-Type"] == "application/problem+json"
    assert "refresh_token" not in answer.cookies


def test_an_unknown_address_gets_the_same_answer_as_a_wrong_password(api, alice):
    wrong = api().post(TOKEN, {"email": alice.email, "password": "wrong horse"}).json()
    unknown = api().post(TOKEN, {"email": "nobody@example.org", "password": "wrong horse"}).json()
    wrong.pop("request_id")
    unknown.pop("request_id")
    assert wrong == unknown


def test_a_deactivated_user_does_not_enter(api, alice):
    User.objects.filter(pk=alice.user.pk).update(is_active=False)
    assert api().post(TOKEN, {"email": alice.email, "password": alice.password}).status_code == 401


@pytest.mark.parametrize("body", [{}, {"email": "no address", "password": "x"}, {"email": "a@b.fr"}, [], "x", None, 3])
def test_a_sign_in_without_address_or_password_is_invalid(api, body):
    answer = api().post(TOKEN, body)
    assert answer.status_code in {400, 422}
    assert answer["Content-Type"] == "application/problem+json"


def test_the_password_is_never_repeated_in_an_answer(api):
    answer = api().post(TOKEN, {"email": "no address", "password": "my secret sentence"})
    assert b"my secret sentence" not in answer.content


def test_eight_failures_lock_the_address_out(api, alice):
    outside = api()
    for _ in range(8):
        last = outside.post(TOKEN, {"email": alice.email, "password": "wrong horse"})
    assert last.status_code == 429
    answer = outside.post(TOKEN, {"email": alice.email, "password": alice.password})
    assert (answer.status_code, answer.json()["code"]) == (429, "locked_out")
    assert answer["Content-Type"] == "application/problem+json"
    assert int(answer["Retry-After"]) == 900


def test_a_locked_out_address_still_enters_from_another_place_and_others_enter_from_the_same(api, alice, bob):
    outside = api()
    for _ in range(8):
        outside.post(TOKEN, {"email": alice.email, "password": "wrong horse"})
    assert outside.post(TOKEN, {"email": bob.email, "password": bob.password}).status_code == 200
    elsewhere = api(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post(TOKEN, {"email": alice.email, "password": alice.password}).status_code == 200


def test_a_client_cannot_escape_the_lock_by_naming_another_address(api, alice):
    outside = api()
    for number in range(8):
        outside.post(
            TOKEN, {"email": alice.email, "password": "wrong horse"}, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}"
        )
    answer = outside.post(TOKEN, {"email": alice.email, "password": alice.password}, HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert answer.status_code == 429


def test_a_success_forgets_the_failures_before_it(api, alice):
    outside = api()
    for _ in range(2):
        for _ in range(5):
            outside.post(TOKEN, {"email": alice.email, "password": "wrong horse"})
        answer = outside.post(TOKEN, {"email": alice.email, "password": alice.password})
        assert answer.status_code == 200


def test_the_lock_is_on_the_address_whatever_its_case(api, alice):
    outside = api()
    for number in range(8):
        email = alice.email.upper() if number % 2 else alice.email
        outside.post(TOKEN, {"email": email, "password": "wrong horse"})
    assert outside.post(TOKEN, {"email": alice.email, "password": alice.password}).status_code == 429


def test_a_user_without_any_organization_does_not_enter(api):
    services.create_user(email="lonely@example.org", password=PASSWORD)
    answer = api().post(TOKEN, {"email": "lonely@example.org", "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (403, "organization_forbidden")
    assert not RefreshToken.objects.exists()


def test_nobody_enters_the_organization_of_others(api, alice, charlie):
    body = {"email": alice.email, "password": alice.password, "organization": str(charlie.organization.pk)}
    assert api().post(TOKEN, body).status_code == 403


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize(
    ("code", "forge"),
    [
        ("token_expired", lambda c: signed({**c, "exp": timezone.now() - timedelta(seconds=1)})),
        ("token_invalid", lambda c: signed(c, key="another secret that is long enough for this")),
        ("token_invalid", lambda c: signed({**c, "aud": "another-audience"})),
        ("token_invalid", lambda c: signed({**c, "iss": "another-issuer"})),
        ("token_invalid", lambda c: signed(c, key="", algorithm="none")),
        ("token_invalid", lambda c: signed(c, algorithm="HS512")),
        ("token_invalid", lambda c: signed({k: v for k, v in c.items() if k != "exp"})),
        ("token_invalid", lambda c: signed({k: v for k, v in c.items() if k != "fam"})),
        ("token_invalid", lambda c: signed({**c, "sub": "not-a-uuid"})),
        ("token_invalid", lambda c: signed(c)[:-3]),
        ("token_invalid", lambda c: "nonsense"),
        ("token_invalid", lambda c: "é.è.à"),
        ("token_invalid", lambda c: "pp_" + "x" * 43),
    ],
)
def test_a_token_that_we_did_not_sign_is_refused(api, alice, code, forge):
    answer = me_with(api, forge(claims(alice)))
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_the_untouched_token_of_these_tests_is_good(api, alice):
    assert me_with(api, signed(claims(alice))).status_code == 200


def test_no_token_or_another_scheme_is_refused(api, alice):
    assert api().get(ME).json()["code"] == "not_authenticated"
    assert api().get(ME).status_code == 401
    assert api().get(ME, HTTP_AUTHORIZATION="Basic YTpi").status_code == 401


def test_a_stranger_cannot_switch_to_an_organization_by_header(api, alice, charlie):
    for wanted in (str(charlie.organization.pk), str(uuid4()), "nonsense", "' OR 1=1"):
        answer = api(alice).get(ME, HTTP_X_ORGANIZATION=wanted)
        assert (answer.status_code, answer.json()["code"]) == (403, "organization_forbidden")


def test_a_member_of_two_organizations_switches_by_header(api, alice, charlie):
    with tenant(charlie.organization.pk, charlie.user.pk):
        Membership.objects.create(user=alice.user, role=Role.AUDITOR)
    client = api(alice)
    there = client.get(ME, HTTP_X_ORGANIZATION=str(charlie.organization.pk)).json()
    assert (there["organization"]["id"], there["role"]) == (str(charlie.organization.pk), "auditor")
    here = client.get(ME).json()
    assert (here["organization"]["id"], here["role"]) == (str(alice.organization.pk), "org_admin")
    assert {m["organization"]["name"] for m in here["memberships"]} == {"Conciergerie du Parc", "Logistique du Nord"}


def test_a_member_of_two_organizations_chooses_one_at_sign_in(api, alice, charlie):
    with tenant(charlie.organization.pk, charlie.user.pk):
        Membership.objects.create(user=alice.user, role=Role.AUDITOR)
    body = {"email": alice.email, "password": alice.password, "organization": str(charlie.organization.pk)}
    assert api().post(TOKEN, body).json()["role"] == "auditor"


@pytest.mark.parametrize(
    "change", [{"active": False}, {"expires_at": timezone.now() - timedelta(seconds=1)}], ids=["deactivated", "expired"]
)
def test_a_membership_that_ends_is_felt_at_the_next_request(api, alice, bob, change):
    client = api(bob)
    assert client.get(ME).status_code == 200
    with tenant(alice.organization.pk, alice.user.pk):
        Membership.objects.filter(user=bob.user).update(**change)
    assert client.get(ME).status_code == 403
    assert client.post("/api/v1/auth/refresh/").status_code == 403


def test_a_user_who_is_deactivated_is_out_at_the_next_request(api, bob):
    client = api(bob)
    User.objects.filter(pk=bob.user.pk).update(is_active=False)
    assert client.get(ME).status_code == 403


def test_signing_in_gives_a_short_token_and_what_the_role_may_do(api, alice):
    answer = api().post(TOKEN, {"email": alice.email.upper(), "password": alice.password})
    assert answer.status_code == 200
    session = answer.json()
    assert session["expires_in"] == 300
    assert session["organization"]["id"] == str(alice.organization.pk)
    assert "write" in session["abilities"]["members"]
    assert "refresh" not in session
    assert me_with(api, session["access"]).json()["user"]["email"] == alice.email


def test_argon2_is_what_keeps_passwords(settings):
    settings.PASSWORD_HASHERS = import_module(os.environ[ENVIRONMENT_VARIABLE]).PASSWORD_HASHERS
    assert get_hasher().algorithm == "argon2"
    user = services.create_user(email="kept@example.org", password=PASSWORD)
    assert user.password.startswith("argon2$argon2id$")
    assert user.check_password(PASSWORD)
