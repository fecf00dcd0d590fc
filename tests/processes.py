"""The platform as real processes against the test database: web, worker, beat, killed and started again at will.

Only what was started here is ever stopped: each process is the leader of a group of its own, known by its pid.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import redis
from django.conf import settings
from django.db import connection

from embedded import commands
from embedded.children import inherited
from embedded.ports import any_free
from engines.reading.tests.processes import children
from passepartout.documents.models import Chunk, ChunkWindow, Document, DocumentVersion, Posting
from passepartout.jobs.models import Job
from passepartout.kernel.scope import tenant

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse battery staple"
FINAL = {"indexed", "failed", "rejected"}
# Short, so that what a dead worker left is taken back within seconds.
CLOCKS = {"JOB_HEARTBEAT_SECONDS": "1", "JOB_LEASE_SECONDS": "4", "JOB_RESEND_SECONDS": "3"}


def waited_for(what: Callable[[], Any], *, seconds: float, every: float = 0.1) -> Any:
    """The first true answer of ``what``. Fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(every)


@dataclass
class Platform:
    """``number`` is a Valkey database of this test session alone."""

    folder: Path
    number: int
    more: dict[str, str] = field(default_factory=dict)
    concurrency: int = 2
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port = any_free()
        self.url = f"http://127.0.0.1:{self.port}"
        self.broker = redis.Redis.from_url(self._redis_url)

    @property
    def _redis_url(self) -> str:
        return f"{str(settings.REDIS_URL).rpartition('/')[0]}/{self.number}"

    @property
    def environment(self) -> dict[str, str]:
        database = connection.settings_dict
        return {
            **inherited(),
            "DJANGO_SETTINGS_MODULE": "passepartout.config.settings",
            "DATABASE_URL": "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database),
            "REDIS_URL": self._redis_url,
            "EMBEDDINGS_URL": settings.EMBEDDINGS_URL,
            "OCR_URL": settings.OCR_URL,
            "INFERENCE_TOKEN": settings.INFERENCE_TOKEN,
            "MODELS_DIR": str(settings.MODELS_DIR),
            "OBJECTS_DIR": str(settings.OBJECTS_DIR),
            "ANCHORS_DIR": str(settings.ANCHORS_DIR),
            "SECRET_KEY": settings.SECRET_KEY,
            "FIELD_ENCRYPTION_KEY": ",".join(settings.FIELD_ENCRYPTION_KEYS),
            "AUDIT_ANCHOR_KEY": settings.AUDIT_ANCHOR_KEY,
            "PUBLIC_URL": self.url,
            **CLOCKS,
            **self.more,
        }

    def start(self, *names: str) -> None:
        """Start ``web``, ``worker``, ``courier`` or ``beat``; web answers when this returns."""
        argv = {
            "web": commands.web(host="127.0.0.1", port=self.port),
            "worker": commands.worker(concurrency=self.concurrency),
            "courier": commands.courier(),
            "beat": commands.beat(schedule=self.folder / "beat.schedule"),
        }
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    argv[name], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, env=self.environment,
                    process_group=0,
                )  # fmt: skip
        if "web" in names:
            waited_for(self._answers, seconds=60)

    def _answers(self) -> bool:
        assert self._running["web"].poll() is None, (self.folder / "web.log").read_text()
        try:
            return httpx.get(f"{self.url}/health/live", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def kill(self, name: str) -> None:
        """SIGKILL, to all of the group at once: nothing can be tidied up."""
        process = self._running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def pool(self) -> set[int]:
        """Ids of the worker's pool processes."""
        return children(self._running["worker"].pid)

    def stop(self) -> None:
        for name in list(self._running):
            self.kill(name)
        self.broker.flushdb()
        self.broker.close()

    def command(self, *arguments: str) -> str:
        """What a management command prints."""
        argv = commands.django(*arguments)
        done = subprocess.run(
            argv, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout

    def api(self, token: str = "") -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=f"{self.url}/api/v1/", headers=headers, trust_env=False, timeout=30)

    @contextmanager
    def signed_in(self, email: str) -> Iterator[httpx.Client]:
        """A client with an access token of the user."""
        with self.api() as nobody:
            session = nobody.post("auth/token/", json={"email": email, "password": PASSWORD})
        assert session.status_code == 200, session.text
        with self.api(session.json()["access"]) as client:
            yield client


def sent(client: httpx.Client, content: str | bytes, name: str) -> str:
    """Upload; the document's id."""
    body = content.encode() if isinstance(content, str) else content
    answer = client.post("documents/", files={"file": (name, body)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def final(client: httpx.Client, idents: list[str], *, seconds: float) -> dict[str, str]:
    """The state of each document once all are final."""

    def states() -> dict[str, str] | None:
        found = {ident: client.get(f"documents/{ident}/status/").json()["status"] for ident in idents}
        return found if set(found.values()) <= FINAL else None

    answer: dict[str, str] = waited_for(states, seconds=seconds, every=0.3)
    return answer


def assert_indexed_exactly_once(organization: UUID, client: httpx.Client, ident: str) -> None:
    """One live version with all that it counts, nothing of another, made live once."""
    with tenant(organization):
        document = Document.objects.get(pk=ident)
        (version,) = DocumentVersion.objects.filter(doc_id=ident)
        assert (document.status, document.live_version) == ("indexed", version.pk)
        chunks = list(Chunk.objects.filter(doc_id=ident).order_by("part_no"))
        assert [chunk.part_no for chunk in chunks] == list(range(1, version.chunk_count + 1))
        assert {chunk.version_id for chunk in chunks} == {version.pk}
        windows = ChunkWindow.objects.filter(doc_id=ident)
        assert windows.count() == windows.filter(version_id=version.pk).count() == version.window_count > 0
        assert Posting.objects.filter(version_id=version.pk).exists()

    def succeeded() -> int:  # the document is indexed a moment before its job ends
        with tenant(organization):
            return int(Job.objects.filter(subject_id=ident, state="succeeded").count())

    assert waited_for(succeeded, seconds=30, every=0.3) == 1
    made_live = client.get(f"audit/?object_id={ident}&action=document.indexed").json()["results"]
    assert len(made_live) == 1, "indexed twice"
