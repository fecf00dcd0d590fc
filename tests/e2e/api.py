"""What must exist before a page can show it, made through the API."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.e2e.visitor import EMAIL, PASSWORD

INDEXED_WITHIN = 90  # seconds


@contextmanager
def alices(url: str) -> Iterator[httpx.Client]:
    """A client that is signed in as Alice."""
    with httpx.Client(base_url=f"{url}/api/v1/", timeout=60) as client:
        session = client.post("auth/token/", json={"email": EMAIL, "password": PASSWORD}).raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {session['access']}"
        yield client


def conversation(url: str, question: str) -> str:
    """The id of a conversation of Alice's that begins with this question."""
    with alices(url) as client:
        return str(client.post("ask/", json={"question": question}).raise_for_status().json()["conversation"])


def indexed(url: str, path: Path) -> str:
    """The id of this file as a document of Alice's, once it can be asked. Raises TimeoutError."""
    with alices(url) as client:
        sent = client.post("documents/", files={"file": (path.name, path.read_bytes())}).raise_for_status().json()
        deadline = time.monotonic() + INDEXED_WITHIN
        while time.monotonic() < deadline:
            if client.get(f"documents/{sent['id']}/").raise_for_status().json()["status"] == "indexed":
                return str(sent["id"])
            time.sleep(0.5)
    raise TimeoutError(path.name)
