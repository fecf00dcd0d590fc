"""`run up` on a data directory and a port of its own, for drills that break parts of it. Nothing else is touched.

Drills read the tables as the maintaining owner, so that nothing that a policy hides can be overlooked.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import redis

from embedded.django_commands import services_of_running
from embedded.layout import Layout
from embedded.models import is_built
from embedded.ownership import is_alive, recorded_children
from embedded.ports import any_free

ROOT = Path(__file__).resolve().parents[2]
EMAIL, PASSWORD = "drill@example.org", "correct horse battery staple"
READY_SECONDS, STOP_SECONDS = 300, 90
TOKEN_SECONDS = 200  # an access token lives for 300
SETTINGS = "RATE_CALLER=1000000/min\nRATE_SIGN_IN=1000/min\n"  # one client here is a whole office
DISKS = {"objects": ("48m", "700"), "postgres": ("500m", "711")}  # size, mode


@dataclass(frozen=True)
class Installation:
    """A ready one. ``disks``: which of its folders ("objects", "postgres") are on a small disk of their own."""

    layout: Layout
    url: str
    disks: frozenset[str]

    def pid(self, name: str) -> int:
        """The leader of one of the programs; 0 while it is down."""
        found = [record for record in recorded_children(self.layout.run) if record.name == name and is_alive(record)]
        return found[0].pid if found else 0

    def signal(self, name: str, number: signal.Signals) -> bool:
        """False when that program is down."""
        pid = self.pid(name)
        try:
            if pid:
                os.kill(pid, number)
        except ProcessLookupError:
            return False
        return bool(pid)

    def pool(self, name: str = "worker") -> list[int]:
        """Ids of the processes in which the worker does its work."""
        pid = self.pid(name)
        try:
            return [child.pid for child in psutil.Process(pid).children()] if pid else []
        except psutil.NoSuchProcess:
            return []

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        url = services_of_running(self.layout).owner_environment["DATABASE_OWNER_URL"]
        dsn = url.replace("postgres://", "postgresql://", 1)
        with psycopg.connect(dsn, options="-c rls.maintenance=on", connect_timeout=10) as owner:
            return owner.execute(query.encode()).fetchall()

    def number(self, query: str) -> int:
        return int(self.rows(query)[0][0])

    def broker(self) -> redis.Redis:
        return redis.Redis.from_url(services_of_running(self.layout).app_environment["REDIS_URL"])

    def files(self) -> set[str]:
        """What the store holds, by the end of its key: the content's sha256."""
        found = (self.layout.objects / "objects").rglob("*")
        return {path.name.rsplit(".", 1)[-1] for path in found if path.is_file()}

    def drafts(self) -> int:
        return sum(path.is_file() for path in (self.layout.objects / "drafts").glob("*"))

    def audit_is_whole(self) -> bool:
        return self.command("audit", "verify").returncode == 0

    def sign_up(self, email: str, organization: str) -> None:
        """An organization and its owner. Raises RuntimeError."""
        words = ("--email", email, "--organization", organization, "--password-stdin")
        made = self.command("create-owner", *words, stdin=PASSWORD)
        if made.returncode:
            raise RuntimeError(made.stderr)

    def command(self, name: str, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "embedded", name, "--data", str(self.layout.root), *words]
        return subprocess.run(argv, cwd=ROOT, input=stdin, capture_output=True, text=True, check=False, timeout=120)


class Client:
    """A user of the API who signs in again before the token ends. For one drill, from any number of threads."""

    def __init__(self, installation: Installation, email: str = EMAIL) -> None:
        self._email = email
        self._http = httpx.Client(base_url=f"{installation.url}/api/v1/", timeout=60, trust_env=False)
        self._lock = threading.Lock()
        self._until = 0.0
        self._token = ""

    def _headers(self) -> dict[str, str]:
        with self._lock:
            if time.monotonic() > self._until:
                answer = self._http.post("auth/token/", json={"email": self._email, "password": PASSWORD})
                answer.raise_for_status()
                self._token, self._until = answer.json()["access"], time.monotonic() + TOKEN_SECONDS
            return {"Authorization": f"Bearer {self._token}"}

    def get(self, path: str) -> httpx.Response:
        return self._http.get(path, headers=self._headers())

    def ask(self, question: str) -> httpx.Response:
        return self._http.post("ask/", json={"question": question}, headers=self._headers())

    def upload(self, name: str, content: bytes) -> httpx.Response:
        return self._http.post("documents/", files={"file": (name, content)}, headers=self._headers())

    def close(self) -> None:
        self._http.close()


def reached(what: Callable[[], Any], *, seconds: float, every: float = 0.25) -> float | None:
    """Seconds until ``what`` was true; None when it never was. What a part that is down raises counts as not yet."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        try:
            if what():
                return round(time.monotonic() - start, 2)
        except (httpx.TransportError, psycopg.OperationalError, redis.ConnectionError):
            pass
        time.sleep(every)
    return None


@contextmanager
def running(*, disks: Sequence[str] = ()) -> Iterator[Installation]:
    """A fresh one with its owner signed up, until the end of the block. Raises RuntimeError when it does not start.

    ``disks``: folders to put on a small disk of their own, where that is possible.
    """
    with tempfile.TemporaryDirectory(prefix="passepartout-drill-") as scratch:
        Path(scratch).chmod(0o711)  # as root the database runs under another account, which must be able to walk in
        layout = Layout.at(Path(scratch) / "data").create()
        (layout.root / "settings.env").write_text(SETTINGS)
        _lend_models(layout)
        with ExitStack() as mounts:
            mounted = frozenset(name for name in disks if mounts.enter_context(_disk(layout, name)))
            installation = Installation(layout, mounts.enter_context(_up(layout)), mounted)
            installation.sign_up(EMAIL, "Exercice")
            yield installation


def may_mount() -> bool:
    return os.geteuid() == 0 and shutil.which("mount") is not None


def _lend_models(layout: Layout) -> None:
    """Building the model takes longer than starting everything else: one that is there already is copied."""
    lenders = [Path(os.environ.get("MODELS_DIR", "/nowhere")), ROOT / ".test" / "models", ROOT / "var" / "models"]
    for lender in filter(is_built, lenders):
        shutil.copytree(lender, layout.models, dirs_exist_ok=True)
        return


@contextmanager
def _disk(layout: Layout, name: str) -> Iterator[bool]:
    if not may_mount():
        yield False
        return
    place, (size, mode) = getattr(layout, name), DISKS[name]
    place.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode={mode}", "tmpfs", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", str(place)], check=True)


@contextmanager
def _up(layout: Layout) -> Iterator[str]:
    log = layout.root / "up.log"
    argv = [sys.executable, "-m", "embedded", "up", "--data", str(layout.root), "--port", str(any_free())]
    with log.open("w") as output:
        process = subprocess.Popen(
            argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, process_group=0
        )
    try:
        yield _ready(process, log)
    finally:
        _stop(process)


def _ready(process: "subprocess.Popen[bytes]", log: Path) -> str:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"^Ready\s+(\S+)", log.read_text(), re.MULTILINE)
        if found:
            return found[1]
        time.sleep(0.2)
    raise RuntimeError(log.read_text())


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """A part that a drill left stopped gets its stop signal only after it goes on: what is left then is killed."""
    left = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    for child in left:
        if child.is_running():
            child.send_signal(signal.SIGCONT)
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _, alive = psutil.wait_procs(left, timeout=5)
    for child in alive:
        child.kill()
