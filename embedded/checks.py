"""`./run check`: what must be true of the source before it is shared. Nothing is started."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from embedded.children import ROOT, inherited
from embedded.commands import django
from embedded.environment import Endpoints, platform_environment
from embedded.imports import normalized, unlocked_imports
from embedded.layout import Layout
from embedded.secrets import throwaway

_SNAPSHOT = ROOT / "docs" / "reference" / "openapi.yaml"
_PACKAGES = ("passepartout", "engines", "inference", "embedded")


def check(options: argparse.Namespace) -> int:
    """Runs every check, also after one failed, and returns 1 when any did."""
    environment = inherited() | platform_environment(Layout.at(options.data), throwaway(), Endpoints(1, 1, 1))

    def tool(name: str, *arguments: str) -> Callable[[], str]:
        return lambda: _run([str(Path(sys.executable).with_name(name)), *arguments], environment)

    checks: dict[str, Callable[[], str]] = {
        "lint": tool("ruff", "check", "."),
        "format": tool("ruff", "format", "--check", "."),
        "shell": tool("shellcheck", "run", ".ci/run"),
        "contracts": tool("lint-imports"),
        "types": tool("mypy", *_PACKAGES),
        "locks": problems_in_locks,
        "imports": _unlocked_imports,
        "openapi": lambda: _openapi(environment),
    }
    failed = [name for name, examine in checks.items() if not _passes(name, examine)]
    print(f"check: failed: {', '.join(failed)}" if failed else "check: all passed")
    return 1 if failed else 0


def _passes(name: str, examine: Callable[[], str]) -> bool:
    problem = examine()
    print(f"{'ok  ' if not problem else 'FAIL'} {name}", flush=True)
    if problem:
        print(problem.rstrip(), flush=True)
    return not problem


def _run(command: list[str], environment: dict[str, str]) -> str:
    """The output when the command failed, else an empty text."""
    outcome = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if outcome.returncode == 0 else (outcome.stdout + outcome.stderr) or f"exit code {outcome.returncode}"


def problems_in_locks() -> str:
    """A lock must install from any index, so it names none; and `up` may use an environment made from dev.lock."""
    locks = {path.stem: path.read_text() for path in (ROOT / "requirements").glob("*.lock")}
    problems = [f"{name}.lock holds an address" for name, text in locks.items() if "://" in text]
    if "://" in (ROOT / "frontend" / "package-lock.json").read_text():
        problems.append("frontend/package-lock.json holds an address: write it with `npm run lock`")
    extra = _pins(locks["base"]) - _pins(locks["dev"])
    if extra:
        problems.append(f"base.lock has pins that dev.lock has not: {', '.join(sorted(extra))}; compile both again")
    return "\n".join(problems)


def _unlocked_imports() -> str:
    pinned = {normalized(pin.split("==")[0]) for pin in _pins((ROOT / "requirements" / "base.lock").read_text())}
    return "\n".join(unlocked_imports(ROOT, _PACKAGES, pinned))


def _pins(lock: str) -> set[str]:
    return {line.split()[0] for line in lock.splitlines() if "==" in line}


def _openapi(environment: dict[str, str]) -> str:
    if not _SNAPSHOT.is_file():
        return ""
    with tempfile.TemporaryDirectory() as scratch:
        current = Path(scratch) / "openapi.yaml"
        command = django("spectacular", "--validate", "--fail-on-warn", "--file", str(current))
        problem = _run(command, environment)
        if not problem and current.read_text() != _SNAPSHOT.read_text():
            path = _SNAPSHOT.relative_to(ROOT)
            return f"{path} is not current: ./run manage spectacular --file {path}"
    return problem
