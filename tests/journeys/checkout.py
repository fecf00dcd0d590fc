"""A fresh copy of this checkout, started by its README's command, for one account."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded.accounts import Account, identity
from tests.e2e.installation import ROOT

READY_SECONDS = 240


@dataclass(frozen=True)
class Checkout:
    """`./run` in a copy, as an account, with an environment that has nothing of ours in it."""

    place: Path
    account: Account | None
    environment: dict[str, str]

    def command(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["./run", *words],
            cwd=self.place / "checkout",
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=READY_SECONDS,
            **identity(self.account),
        )

    @contextmanager
    def up(self, *words: str) -> Iterator["Up"]:
        """`./run up` until the end of the block, then Ctrl-C."""
        log = self.place / "up.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                ["./run", "up", *words],
                cwd=self.place / "checkout",
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **identity(self.account),
            )
        try:
            yield Up(self, process.pid, log, _ready(process, log))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(90)


@dataclass(frozen=True)
class Up:
    checkout: Checkout
    pid: int
    log: Path
    url: str

    def first_run_token(self) -> str:
        found = re.search(r"/first-run/([^/\s]+)/", self.log.read_text())
        assert found, self.log.read_text()
        return found[1]

    def pids(self) -> dict[str, int]:
        """What `./run status` says."""
        shown = self.checkout.command("status").stdout
        return {name: int(pid) for name, pid in re.findall(r"^  (\w+)\s.*?pid (\d+)", shown, re.MULTILINE)}


def _ready(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"^Ready\s+(\S+)", log.read_text(), re.MULTILINE)
        if found:
            return found[1]
        time.sleep(0.2)
    raise AssertionError(log.read_text())


@contextmanager
def fresh_checkout(place: Path, account: Account | None) -> Iterator[Checkout]:
    """A copy of what git knows, in a home that only ``account`` may enter. None: this account, and its environment."""
    place.mkdir(mode=0o700)
    _copy(place / "checkout")
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(place), "LANG": "C.UTF-8"}
    # Pages were built here already, or are not what this is about: another account cannot read ours.
    environment["PASSEPARTOUT_FRONTEND"] = str(ROOT / ".frontend") if account is None else "off"
    environment |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "UV_"))}
    if account is None:
        environment["PASSEPARTOUT_VENV"] = sys.prefix
    else:
        for path in (place, *place.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
    yield Checkout(place, account, environment)


def _copy(target: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, copy = ROOT / name, target / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
