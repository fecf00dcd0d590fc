"""A really running installation for a browser: its own database, server and worker, on the services of `./run test`."""

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
GATE = ("SQL_READER_URL", "SQL_WRITER_URL")  # of the same cluster
QUEUE = 8  # Valkey's database number, plus the number of the xdist worker: no message goes to another run's worker
START_SECONDS = 60
NEEDED = ("DATABASE_OWNER_URL", "DATABASE_URL", "REDIS_URL", "EMBEDDINGS_URL", "INFERENCE_TOKEN", "SECRET_KEY")


@dataclass(frozen=True)
class Installation:
    url: str
    environment: Mapping[str, str]
    server_log: Path

    def manage(self, *words: str, stdin: str = "", **more: str) -> str:
        """What a management command printed; ``more`` goes into its environment."""
        command = [sys.executable, "-m", "django", *words]
        environment = {**self.environment, **more}
        done = subprocess.run(
            command, env=environment, cwd=ROOT, input=stdin, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    def mailed_link(self) -> str:
        """The last address that was mailed: the console backend writes letters into the server's log."""
        text = self.server_log.read_text().replace("=\n", "")
        return re.findall(rf"{re.escape(self.url)}/password/\S+/", text)[-1]


@contextmanager
def running_installation(folder: Path, **more: str) -> Iterator[Installation]:
    """Server and worker until the end of the block, ``more`` in their environment. See `missing_services`."""
    with _own_database() as (app_url, owner_url):
        port = _free_port()
        environment = {**_environment(folder, app_url=app_url, port=port), **more}
        installation = Installation(f"http://127.0.0.1:{port}", environment, folder / "web.log")
        installation.manage("migrate", "--verbosity", "0", DATABASE_OWNER_URL=owner_url)
        web = ["-m", "uvicorn", "passepartout.config.asgi:application", "--port", str(port), "--log-level", "warning"]
        worker = ["-m", "celery", "-A", "passepartout.config.celery", "worker", "-Q", "default", "--concurrency", "1"]
        courier = ["-m", "celery", "-A", "passepartout.config.celery", "worker", "-Q", "events", "--pool", "threads"]
        with (
            _process(courier, environment, folder / "courier.log"),
            _process(web, environment, folder / "web.log"),
            _process(worker, environment, folder / "worker.log"),
        ):
            _wait_ready(installation)
            yield installation


def missing_services() -> str:
    """The names that `./run test` sets and that are not set here; empty when all are there."""
    return ", ".join(name for name in NEEDED if not os.environ.get(name))


def _environment(folder: Path, *, app_url: str, port: int) -> dict[str, str]:
    number = re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or "0"
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    redis = urlsplit(os.environ["REDIS_URL"])
    inherited |= {name: _named(os.environ[name], urlsplit(app_url).path[1:]) for name in GATE if os.environ.get(name)}
    return inherited | {
        "DATABASE_URL": app_url,
        "DATABASE_POOL": "6",
        "FRONTEND_DIR": "",  # the small page, unless the test asks for the other
        "DJANGO_SETTINGS_MODULE": "passepartout.config.settings",
        "OBJECTS_DIR": str(folder / "objects"),
        "PASSEPARTOUT_DATA": str(folder),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PYTHONUNBUFFERED": "1",
        "RATE_SIGN_IN": "10000/min",  # all visitors come from one address
        "REDIS_URL": urlunsplit(redis._replace(path=f"/{QUEUE + int(number) % QUEUE}")),
    }


@contextmanager
def _own_database() -> Iterator[tuple[str, str]]:
    """Addresses for the runtime role and for the owner."""
    name = f"e2e_{secrets.token_hex(4)}"
    owner = os.environ["DATABASE_OWNER_URL"]
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield _named(os.environ["DATABASE_URL"], name), _named(owner, name)
    finally:
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _process(words: list[str], environment: Mapping[str, str], log: Path) -> Iterator[None]:
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *words], env=environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_ready(installation: Installation) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{installation.url}/health/ready", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise TimeoutError(installation.server_log.read_text()[-2000:])


def chromium() -> str | None:
    """Debian's, or another that is on the path. Playwright's own downloads are never used."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
