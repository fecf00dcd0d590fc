"""Request ids, and log lines without personal data."""

import logging
import re
from uuid import UUID

import pytest

from passepartout.kernel.logs import organization_id

pytestmark = pytest.mark.django_db
CLIENTS = "/api/v1/clients/"
TOKEN = "/api/v1/auth/token/"


@pytest.mark.parametrize("given", ["abcdefgh-1234", "A" * 64])
def test_a_request_id_is_echoed(api, given):
    assert api().get("/api/v1/me/", HTTP_X_REQUEST_ID=given)["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["short", "A" * 65, "a b c d e f g h", "<script>alert(1)", "line\tfeed-1234", ""])
def test_a_strange_request_id_is_replaced(api, given):
    made = api().get("/api/v1/me/", HTTP_X_REQUEST_ID=given)["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", made)


def test_pages_may_run_no_script_but_ours(api):
    policy = api().get("/api/v1/me/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_log_lines_carry_no_personal_data(api, alice, caplog):
    caplog.set_level(logging.DEBUG, logger="passepartout")
    logging.getLogger("axes").setLevel(logging.ERROR)
    outside = api(REMOTE_ADDR="192.0.2.44")
    for password in ["wrong horse"] * 8 + [alice.password]:
        outside.post(f"{TOKEN}?next=private", {"email": alice.email, "password": password})
    client = api(alice)
    client.post(CLIENTS, {"name": "Mme Durand", "email": "durand@example.org", "phone": "0612345678"})
    client.get(f"{CLIENTS}?exactly=durand@example.org")
    client.post("/api/v1/auth/password/reset/", {"email": alice.email})
    client.post("/api/v1/members/", {"email": "nadia@example.org", "role": "driver", "display_name": "Nadia"})
    written = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records if record.name != "axes")
    assert "request" in written
    for secret in (alice.email, "192.0.2.44", "Durand", "durand@", "0612345678", "nadia", "Nadia", alice.password,
                   "wrong horse", "private", "Conciergerie du Parc"):  # fmt: skip
        assert secret not in _without_requests(written), secret


def _without_requests(text):
    return re.sub(r"<WSGIRequest[^>]*>", "", text)


def test_the_line_of_a_request_names_its_route_and_organization(api, alice, caplog):

    seen = []

    class Look(logging.Handler):
        def emit(self, record):
            seen.append((record.route, record.status, organization_id.get()))

    logger = logging.getLogger("passepartout.http")
    handler = Look()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        api(alice).get(f"{CLIENTS}{UUID(int=7)}/")
    finally:
        logger.removeHandler(handler)
    assert seen[-1] == ("api/v1/clients/<uuid:pk>/", 404, str(alice.organization.pk))
    assert organization_id.get() == ""
