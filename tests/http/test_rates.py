"""Rates by caller and by address."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test.utils import override_settings

from passepartout.kernel.rest.throttling import _increment

from .answers import problem

pytestmark = pytest.mark.django_db
CLIENTS = "/api/v1/clients/"
TOKEN = "/api/v1/auth/token/"


def rates(**changes):
    wiring: dict = settings.REST_FRAMEWORK
    return override_settings(
        REST_FRAMEWORK={**wiring, "DEFAULT_THROTTLE_RATES": {**wiring["DEFAULT_THROTTLE_RATES"], **changes}}
    )


def test_whoever_asks_too_often_must_wait_and_others_need_not(api, alice, bob):
    with rates(caller="5/min"):
        noisy, quiet = api(alice), api(bob)
        answers = [noisy.get(CLIENTS) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        problem(answers[-1], 429, "throttled")
        assert 1 <= int(answers[-1]["Retry-After"]) <= 60
        assert quiet.get(CLIENTS).status_code == 200


def test_sign_in_is_limited_by_address_and_not_by_what_the_client_says_it_is(api, alice):
    with rates(sign_in="3/min"):
        wrong = {"email": "nobody@example.org", "password": "x"}
        statuses = [
            api().post(TOKEN, wrong, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}").status_code for number in range(4)
        ]
        assert statuses == [401, 401, 401, 429]
        assert api(REMOTE_ADDR="192.0.2.9").post(TOKEN, wrong).status_code == 401


def test_renewing_a_session_is_not_counted_as_signing_in(api, alice):
    with rates(sign_in="2/min"):
        statuses = [api().post("/api/v1/auth/refresh/").status_code for _ in range(6)]
        assert statuses == [401] * 6, "an office behind one address opens many pages"


def test_without_valkey_requests_pass(api, alice, caplog):

    client = api(alice)
    backend = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    with rates(caller="1/min"), override_settings(CACHES={"default": backend}):
        assert settings.CACHES["default"] == backend
        assert [client.get(CLIENTS).status_code for _ in range(3)] == [200, 200, 200]
    assert "rate limits are off" in caplog.text


def test_on_a_real_valkey_parallel_requests_are_all_counted(alice):

    backend = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": settings.REDIS_URL}
    with override_settings(CACHES={"default": backend}):
        key = f"test:{uuid4()}"
        with ThreadPoolExecutor(8) as pool:
            counts = list(pool.map(lambda _: _increment(key, 30), range(64)))
        caches["default"].delete(key)
    assert sorted(counts) == list(range(1, 65))
