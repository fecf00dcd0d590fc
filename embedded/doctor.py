"""`./run doctor`: one readable line per check of this machine and this installation. Changes nothing."""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import redis

from embedded import commands
from embedded.accounts import service_account
from embedded.children import ROOT, answers_ok
from embedded.django_commands import services_of_running
from embedded.environment import operator_settings
from embedded.errors import EmbeddedError
from embedded.findings import Finding
from embedded.gate_findings import gate_findings
from embedded.layout import Layout
from embedded.models import EMBEDDINGS, is_built
from embedded.ownership import holder
from embedded.ports import holder_text, is_free
from embedded.secrets import modes_too_open
from embedded.services import Services
from engines.accelerator import GpuUnavailable
from engines.accelerator.valkey import ValkeyAccelerator
from engines.embeddings.model_files import read_card
from engines.errors import EngineError
from engines.llm.kinds import KINDS
from engines.ocr import installed

_DISK_GB, _MEMORY_GB = 3.0, 2.0
_WEB_PORT = 8000


def doctor(options: argparse.Namespace) -> int:
    """Exit code 1 when something will not work, or is not safe."""
    layout = Layout.at(options.data)
    bad = False
    for finding in _findings(layout):
        print(f"{finding.level:<4} {finding.name:<11} {finding.text}", flush=True)
        bad = bad or finding.level == "bad"
    return 1 if bad else 0


def _findings(layout: Layout) -> Iterator[Finding]:
    found = holder(layout.run) if layout.run.is_dir() else None
    running = services_of_running(layout) if found and found.url else None
    yield _python()
    yield _disk(layout)
    yield _memory()
    yield _clock(layout)
    yield _account(layout)
    yield _port(found.url if found else "")
    yield _secrets(layout)
    yield _models(layout)
    yield _ocr()
    for name, check in _OF_RUNNING.items():
        yield check(running) if running else Finding(name, "note", "not running; `./run up` starts it")
    # A PostgreSQL of one's own answers whether the rest runs or not.
    yield from gate_findings(running.app_environment if running else operator_settings(layout))


def _python() -> Finding:
    return Finding("python", "ok", f"{platform.python_version()} on {platform.machine()}, {sys.executable}")


def _disk(layout: Layout) -> Finding:
    place = next(path for path in (layout.root, *layout.root.parents) if path.is_dir())
    free = shutil.disk_usage(place).free / 1e9
    return Finding("disk", "ok" if free >= _DISK_GB else "bad", f"{free:.1f} GB free at {place} (needs {_DISK_GB:.0f})")


def _memory() -> Finding:
    lines = (line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    amounts = {name: int(value.split()[0]) / 1e6 for name, value in lines}
    free, total = amounts["MemAvailable"], amounts["MemTotal"]
    level = "ok" if total >= _MEMORY_GB else "bad"
    return Finding("memory", level, f"{free:.1f} GB available of {total:.1f} (needs {_MEMORY_GB:.0f})")


def _clock(layout: Layout) -> Finding:
    """Without the network: a clock behind what this installation already wrote has been set back."""
    written = [path.stat().st_mtime for path in (layout.run, layout.logs) if path.is_dir()]
    behind = max(written, default=0.0) - time.time()
    if behind > 1:
        return Finding("clock", "bad", f"{behind:.0f} s behind this installation's own files: tokens will be refused")
    return Finding("clock", "ok", time.strftime("%Y-%m-%d %H:%M:%S %Z"))


def _account(layout: Layout) -> Finding:
    try:
        account = service_account()
    except EmbeddedError as error:
        return Finding("account", "bad", str(error))
    if account is None:
        return Finding("account", "ok", f"everything runs as uid {os.geteuid()}")
    pointer = layout.postgres / "location"
    place = f", its files in {pointer.read_text().strip()}" if pointer.is_file() else ""
    return Finding("account", "ok", f"root; PostgreSQL runs as {account.name}{place}")


def _port(url: str) -> Finding:
    if url:
        return Finding("port", "ok", f"serving {url}")
    if is_free(_WEB_PORT):
        return Finding("port", "ok", f"{_WEB_PORT} is free")
    return Finding("port", "note", f"{_WEB_PORT} is in use{holder_text(_WEB_PORT)}; `up` takes the next free one")


def _secrets(layout: Layout) -> Finding:
    if not layout.secrets.is_dir():
        return Finding("secrets", "note", "none yet; the first `./run up` makes them")
    readable = modes_too_open(layout.secrets)
    if readable:
        return Finding("secrets", "bad", f"readable by others: {', '.join(map(str, readable))} (chmod go= on them)")
    return Finding("secrets", "ok", f"in {layout.secrets}, for this account only")


def _models(layout: Layout) -> Finding:
    if not is_built(layout.models):
        return Finding("models", "note", "not built yet; `./run up` builds them")
    directory = layout.models / EMBEDDINGS
    try:
        card = read_card(directory)
    except EngineError as error:
        return Finding("models", "bad", f"{error}; remove {directory} and start again")
    return Finding("models", "ok", f"{card.id} {card.precision}, files unaltered")


def _postgres(services: Services) -> Finding:
    url = services.app_environment["DATABASE_URL"]
    question = "SELECT current_setting('server_version'), rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = user"
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            version, unbound = connection.execute(question).fetchone() or ("", True)
    except psycopg.OperationalError as error:
        return Finding("postgres", "bad", f"does not answer: {str(error).splitlines()[0]}")
    if unbound:
        return Finding("postgres", "bad", "the platform's role is above row-level security")
    return Finding(
        "postgres", "ok", f"{version} on port {services.endpoints.postgres}, role bound by row-level security"
    )


def _valkey(services: Services) -> Finding:
    client = redis.Redis.from_url(services.app_environment["REDIS_URL"], socket_timeout=3, socket_connect_timeout=3)
    try:
        memory = client.info("memory")
    except redis.RedisError as error:
        return Finding("valkey", "bad", f"does not answer: {error}")
    finally:
        client.close()
    return Finding("valkey", "ok", f"port {services.endpoints.valkey}, {memory['used_memory_human']} used of 128M")


def _inference(services: Services) -> Finding:
    url = f"{services.app_environment['EMBEDDINGS_URL']}/health"
    return Finding("inference", "ok" if answers_ok(url) else "bad", url)


def _language_model(services: Services) -> Finding:
    """Its health as the platform would meet it; the product works without one, so it is never bad."""
    environment = services.app_environment
    if not environment.get("LLM_URL"):
        return Finding("model", "note", "no LLM_URL nor LLM_GGUF: questions are answered by extracts")
    from engines.llm.openai_http import Endpoint, OpenAIModel  # half a second, for those who have one

    kind = environment.get("LLM_KIND", "llamacpp")
    if kind not in KINDS:
        return Finding("model", "bad", f"LLM_KIND must be one of {', '.join(KINDS)}")
    name, key = environment.get("LLM_MODEL", ""), environment.get("LLM_API_KEY", "")
    health = OpenAIModel(Endpoint(environment["LLM_URL"], name, kind=kind, api_key=key)).health()
    text = f"{name} at {environment['LLM_URL']}: {health.detail or health.state}"
    return Finding("model", "ok" if health.ok else "note", text)


def _gpus(services: Services) -> Finding:
    """Those on which one heavy service computes at a time."""
    devices = [name.strip() for name in services.app_environment.get("GPU_DEVICES", "").split(",") if name.strip()]
    if not devices:
        return Finding("gpu", "ok", "none is shared (no GPU_DEVICES)")
    said = []
    for device in devices:
        leases = ValkeyAccelerator(services.app_environment["REDIS_URL"], device)
        try:
            usage = leases.usage()
        except GpuUnavailable as error:
            return Finding("gpu", "bad", f"{device}: {error}")
        finally:
            leases.close()
        said.append(f"{device}: {usage.holder or 'nobody'} computes, {len(usage.waiting)} wait")
    return Finding("gpu", "ok", "; ".join(said))


def _ocr() -> Finding:
    """The same machine: what it has is what its inference service uses."""
    known, second = installed.tesseract(), installed.rapidocr().identifier
    if known is None:
        return Finding("ocr", "ok", f"{second}; install tesseract with French to read scans about three times as fast")
    return Finding("ocr", "ok", f"{known.identifier} ({'+'.join(known.languages)}), then {second} where it is unsure")


def _migrations(services: Services) -> Finding:
    outcome = subprocess.run(
        commands.django("migrate", "--check"),
        env=services.owner_environment,
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if outcome.returncode:
        return Finding("migrations", "bad", "some are not applied: ./run manage showmigrations")
    return Finding("migrations", "ok", "all applied")


def _objects(services: Services) -> Finding:
    outcome = subprocess.run(
        commands.django("objects_check"),
        env=services.app_environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = (outcome.stdout if outcome.returncode == 0 else outcome.stderr).strip().splitlines()
    return Finding("objects", "bad" if outcome.returncode else "ok", said[-1] if said else "the check says nothing")


def _ready(services: Services) -> Finding:
    url = f"{services.endpoints.public_url}/health/ready"
    return Finding("web", "ok" if answers_ok(url, timeout=10) else "bad", url)


_OF_RUNNING: dict[str, Callable[[Services], Finding]] = {
    "postgres": _postgres,
    "valkey": _valkey,
    "inference": _inference,
    "model": _language_model,
    "gpu": _gpus,
    "migrations": _migrations,
    "objects": _objects,
    "web": _ready,
}
