"""Colleagues of the first administrator, and what they send to the API without a page."""

import re
from typing import Any

import httpx

from tests.e2e.installation import Installation
from tests.e2e.visitor import EMAIL, PASSWORD

SECONDS = 60  # a question waits for an answer


def caller(installation: Installation, email: str = EMAIL) -> httpx.Client:
    """Signed in by password, in the first organization that they belong to."""
    client = httpx.Client(base_url=installation.url, timeout=SECONDS)
    session = client.post("/api/v1/auth/token/", json={"email": email, "password": PASSWORD}).raise_for_status()
    client.headers["Authorization"] = f"Bearer {session.json()['access']}"
    return client


def take_in(installation: Installation, email: str, role: str, name: str = "") -> None:
    """A member with `PASSWORD`, chosen through the mailed link; nothing where they are one already."""
    wishes = {"email": email, "role": role, "display_name": name}
    answer = caller(installation).post("/api/v1/members/", json=wishes)
    if answer.status_code == httpx.codes.CONFLICT:
        return
    answer.raise_for_status()
    found = re.search(r"/password/([^/]+)/([^/]+)/$", installation.mailed_link())
    assert found is not None
    chosen = {"ident": found[1], "token": found[2], "password": PASSWORD}
    httpx.post(f"{installation.url}/api/v1/auth/password/reset/confirm/", json=chosen).raise_for_status()


def proposal(installation: Installation, email: str, question: str) -> dict[str, Any]:
    """Made by asking a question that the product knows (passepartout.proposals.saved): no model speaks."""
    answer = caller(installation, email).post("/api/v1/ask/", json={"question": question}).raise_for_status()
    found: dict[str, Any] = answer.json()["proposal"]
    return found


def change(installation: Installation, email: str, sql: str, question: str) -> dict[str, Any]:
    """A change that this person proposes."""
    body = {"sql": sql, "question": question}
    found: dict[str, Any] = caller(installation, email).post("/api/v1/proposals/", json=body).raise_for_status().json()
    return found
