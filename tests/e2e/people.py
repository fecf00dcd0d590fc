"""Colleagues of the first administrator, and what they send to the API without a page."""

import re
from typing import Any

import httpx

from tests.e2e.installation import Installation
from tests.e2e.visitor import EMAIL, PASSWORD

SECONDS = 60  # a question waits for an answer


def call(installation: Installation, method: str, path: str, *, email: str = EMAIL, **sent: Any) -> httpx.Response:
    """Signed in by password, in the first organization that they belong to."""
    with httpx.Client(base_url=f"{installation.url}/api/v1", timeout=SECONDS) as client:
        session = client.post("/auth/token/", json={"email": email, "password": PASSWORD}).raise_for_status()
        client.headers["Authorization"] = f"Bearer {session.json()['access']}"
        return client.request(method, path, **sent)


def take_in(installation: Installation, email: str, role: str, name: str = "") -> None:
    """A member with `PASSWORD`, chosen through the mailed link; nothing where they are one already."""
    wishes = {"email": email, "role": role, "display_name": name}
    answer = call(installation, "POST", "/members/", json=wishes)
    if answer.status_code == httpx.codes.CONFLICT:
        return
    answer.raise_for_status()
    found = re.search(r"/password/([^/]+)/([^/]+)/$", installation.mailed_link())
    assert found is not None
    chosen = {"ident": found[1], "token": found[2], "password": PASSWORD}
    httpx.post(f"{installation.url}/api/v1/auth/password/reset/confirm/", json=chosen).raise_for_status()


def proposal(installation: Installation, email: str, question: str) -> Any:
    """Made by asking a question that the product knows (passepartout.proposals.saved): no model speaks."""
    answer = call(installation, "POST", "/ask/", email=email, json={"question": question})
    return answer.raise_for_status().json()["proposal"]


def change(installation: Installation, email: str, sql: str, question: str) -> Any:
    """A change that this person proposes."""
    body = {"sql": sql, "question": question}
    return call(installation, "POST", "/proposals/", email=email, json=body).raise_for_status().json()
