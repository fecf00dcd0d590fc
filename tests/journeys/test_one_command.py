"""The README's command in a fresh copy: from nothing to a cited answer, for root and for an ordinary user."""

import io
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

from embedded.accounts import Account
from tests.journeys.checkout import Checkout, Up, fresh_checkout

pytestmark = pytest.mark.slow
PASSWORD = "correct horse battery staple"
PAGES = [
    ["CONTRAT DE LOCATION MEUBLÉE", "Article 1. Le logement est situé au 12 rue des Lilas, 75011 Paris."],
    ["Article 4. Le locataire verse à la signature un dépôt de garantie de 2 500 euros."],
]
LEFT, TOP = 60, 780


def lease() -> bytes:
    drawn = io.BytesIO()
    paper = canvas.Canvas(drawn, pagesize=A4)
    for lines in PAGES:
        paper.setFont("Helvetica", 11)
        for number, line in enumerate(lines):
            paper.drawString(LEFT, TOP - 18 * number, line)
        paper.showPage()
    paper.save()
    return drawn.getvalue()


def long_text() -> bytes:
    """Long enough that its indexing can be interrupted."""
    lines = (f"Règle {n}. Le badge numéro {n * 37} ouvre le local {n * 11} de l'immeuble {n * 7}." for n in range(1500))
    return "\n\n".join(lines).encode()


@pytest.fixture
def place() -> Iterator[Path]:
    """Not under pytest's own folder, which another account may not enter."""
    folder = Path(tempfile.mkdtemp(prefix="passepartout-"))
    folder.chmod(0o755)
    yield folder / "home"
    shutil.rmtree(folder)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def signed_in(url: str, email: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{url}/api/v1", timeout=30) as client:
        answer = client.post("/auth/token/", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['access']}"
        yield client


def indexed(client: httpx.Client, document: str, *, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    state = {}
    while time.monotonic() < deadline:
        state = client.get(f"/documents/{document}/status/").json()
        if state["status"] in {"indexed", "failed", "rejected"}:
            break
        time.sleep(0.2)
    assert state["status"] == "indexed", state


def ask(client: httpx.Client, question: str) -> dict:
    answer = client.post("/ask/", json={"question": question})
    assert answer.status_code == 200, answer.text
    return answer.json()


def create_first_administrator(up: Up) -> None:
    """Opens the printed link, twice."""
    with httpx.Client(base_url=up.url) as visitor:
        first = {"token": up.first_run_token(), "email": "paul@example.org", "password": PASSWORD}
        created = visitor.post("/api/v1/auth/first-owner/", json={**first, "organization": "Chez Paul"})
        assert created.status_code == 201, created.text
        again = visitor.post("/api/v1/auth/first-owner/", json={**first, "organization": "Encore"})
        assert again.status_code == 409, "the link works once"


def upload(client: httpx.Client, name: str, content: bytes) -> str:
    answer = client.post("/documents/", files={"file": (name, content)})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def check_answers(client: httpx.Client, document: str) -> None:
    for question in ("Quel est le montant du dépôt de garantie ?", "How much is the security deposit?"):
        answer = ask(client, question)
        assert "2 500 euros" in answer["answer"], answer
        citation = answer["citations"][-1]
        assert (citation["document"], citation["page"]) == (document, 2)
        box = citation["boxes"][0]
        baseline = A4[1] - TOP
        assert box["y0"] < baseline < box["y1"] + 4, "the box is where the sentence was drawn"
        assert LEFT - 2 < box["x0"] < box["x1"] < A4[0]
    assert not ask(client, "Qui a gagné la coupe du monde de 1998 ?")["citations"]


def check_stranger(stranger: httpx.Client, document: str) -> None:
    assert stranger.get("/documents/").json()["results"] == []
    assert stranger.get("/search/", params={"q": "dépôt de garantie"}).json()["results"] == []
    assert ask(stranger, "Quel est le montant du dépôt de garantie ?")["citations"] == []
    for path in ("", "status/", "file/", "chunks/", "pages/1.png"):
        assert stranger.get(f"/documents/{document}/{path}").status_code == 404, path


def check_killed_worker(up: Up, client: httpx.Client) -> None:
    document = upload(client, "badges.txt", long_text())
    deadline = time.monotonic() + 30
    while client.get(f"/documents/{document}/status/").json()["status"] != "embedding":
        assert time.monotonic() < deadline, "indexing starts"
        time.sleep(0.02)
    os.killpg(os.getpgid(up.pids()["worker"]), signal.SIGKILL)
    indexed(client, document)
    chunks = client.get(f"/documents/{document}/chunks/").json()
    assert [chunk["part"] for chunk in chunks] == list(range(1, len(chunks) + 1)), "every part once"
    jobs = [job for job in client.get("/jobs/").json()["results"] if job["subject_id"] == document]
    assert [(job["state"], job["attempt"]) for job in jobs] == [("succeeded", 2)]


def the_whole_path(checkout: Checkout) -> None:
    port = str(free_port())
    with checkout.up("--demo", "--port", port) as up:
        assert up.url == f"http://127.0.0.1:{port}"
        second = checkout.command("up")
        assert second.returncode == 1
        assert str(up.pid) in second.stderr, "a second `up` says who runs it"
        create_first_administrator(up)
        with signed_in(up.url, "paul@example.org") as client:
            document = upload(client, "bail.pdf", lease())
            indexed(client, document)
            check_answers(client, document)
            charlie(checkout)
            with signed_in(up.url, "charlie@example.net") as stranger:
                check_stranger(stranger, document)
            check_killed_worker(up, client)
        verified = checkout.command("audit", "verify")
        assert (verified.returncode, "BROKEN" in verified.stdout) == (0, False), verified.stdout
        pids = up.pids()
    assert [name for name, pid in pids.items() if Path(f"/proc/{pid}").exists()] == [], "Ctrl-C leaves nothing behind"
    with checkout.up("--port", port) as up, signed_in(up.url, "paul@example.org") as client:
        assert "first-run" not in up.log.read_text(), "an administrator exists"
        check_answers(client, document)


def charlie(checkout: Checkout) -> None:
    """A second organization, without the page."""
    words = ("create-owner", "--email", "charlie@example.net", "--organization", "Nord", "--password-stdin")
    created = checkout.command(*words, stdin=f"{PASSWORD}\n")
    assert created.returncode == 0, created.stderr


def test_a_newcomer_gets_from_one_command_to_a_cited_answer(place: Path):
    with fresh_checkout(place, None) as checkout:
        the_whole_path(checkout)


def test_so_does_an_ordinary_user_in_a_closed_home(place: Path):
    if os.geteuid() != 0:
        pytest.skip("not root: the test above ran as an ordinary user already")
    if subprocess.run(["/usr/bin/python3", "-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"],
                      check=False, capture_output=True).returncode:  # fmt: skip
        pytest.skip("/usr/bin/python3 is not a Python >= 3.11 with venv: nothing that another account may run")
    nobody = pwd.getpwnam("nobody")
    with fresh_checkout(place, Account("nobody", nobody.pw_uid, nobody.pw_gid)) as checkout:
        the_whole_path(checkout)
