"""Set up the virtual environment from the hashed locks; run by any Python >= 3.11, standard library only.

`python -m embedded.virtualenv --venv DIR --lock base|dev` does nothing when the locks did not change since last time.
"""

import argparse
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
STAMP = "passepartout-locks.json"
# dev.lock holds every pin of base.lock (`./run check` verifies it), so an environment for development serves for `up`.
_SATISFIES = {"base": ("base", "dev"), "dev": ("dev",)}


class EnvironmentBroken(Exception):
    """Shown as one line."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--venv", type=Path, required=True)
    parser.add_argument("--lock", choices=sorted(_SATISFIES), required=True)
    options = parser.parse_args()
    try:
        ensure(options.venv, options.lock)
    except EnvironmentBroken as error:
        print(f"run: {error}", file=sys.stderr)
        return 1
    return 0


def ensure(venv: Path, lock: str) -> None:
    """Raises EnvironmentBroken."""
    if is_current(venv, lock):
        return
    with _one_at_a_time():
        if not is_current(venv, lock):
            _set_up(venv, lock)


def is_current(venv: Path, lock: str) -> bool:
    done = _stamp(venv)
    return done.get("model") == _digest("model") and any(done.get(name) == _digest(name) for name in _SATISFIES[lock])


def _set_up(venv: Path, lock: str) -> None:
    began = time.monotonic()
    _say(f"setting up the Python environment from requirements/{lock}.lock (about a minute, once)")
    python = venv / "bin" / "python"
    if not _runs(python):
        _create(venv)
    if not _install_with_uv(python, lock):
        _say("uv could not install; trying pip (a few minutes)")
        _pip(python, "install", "--quiet", "--require-hashes", "-r", str(_lock(lock)))
    # Its metadata asks for torch, which nothing here uses: without dependencies.
    _pip(python, "install", "--quiet", "--no-deps", "--require-hashes", "-r", str(_lock("model")))
    remember(venv, lock)
    _say(f"Python environment ready after {time.monotonic() - began:.0f} s")


def remember(venv: Path, lock: str) -> None:
    locks = {name: _digest(name) for name in ("model", lock)}
    (venv / STAMP).write_text(json.dumps(locks, indent=1) + "\n")


def _create(venv: Path) -> None:
    outcome = subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=False)
    if outcome.returncode != 0:
        raise EnvironmentBroken(
            f"{sys.executable} cannot make a virtual environment at {venv} (on Debian: apt install python3-venv)"
        )


def _install_with_uv(python: Path, lock: str) -> bool:
    uv = python.with_name("uv")
    if not _runs(uv):
        command = [str(python), *_PIP, "install", "--quiet", "--require-hashes", "-r", str(_lock("uv"))]
        if subprocess.run(command, check=False).returncode != 0:
            return False
    # The system's certificates, like pip: an index behind a company's own authority is then trusted too.
    command = [str(uv), "pip", "install", "--quiet", "--system-certs", "--python", str(python), "--require-hashes"]
    return subprocess.run([*command, "-r", str(_lock(lock))], check=False).returncode == 0


_PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input")


def _pip(python: Path, *arguments: str) -> None:
    if subprocess.run([str(python), *_PIP, *arguments], check=False).returncode != 0:
        raise EnvironmentBroken("packages could not be installed: is a package index reachable? (messages above)")


def _runs(program: Path) -> bool:
    try:
        return subprocess.run([str(program), "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    descriptor = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _stamp(venv: Path) -> dict[str, str]:
    path = venv / STAMP
    return json.loads(path.read_text()) if path.is_file() and _runs(venv / "bin" / "python") else {}


def _lock(name: str) -> Path:
    return REQUIREMENTS / f"{name}.lock"


def _digest(name: str) -> str:
    return hashlib.sha256(_lock(name).read_bytes()).hexdigest()


def _say(text: str) -> None:
    print(f"setup: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
