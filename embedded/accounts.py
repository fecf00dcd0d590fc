"""The account PostgreSQL runs under: it refuses root, so root hands it to an existing unprivileged one."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.errors import PlacementFailed

# initdb fails for a uid that the passwd file does not know, so an account is never invented.
_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int

    def may_enter(self, directory: Path) -> bool:
        return self._kernel_allows('test -x "$1"', directory)

    def may_execute(self, binary: Path) -> bool:
        return self._kernel_allows('test -r "$1" && test -x "$1"', binary)

    def _kernel_allows(self, test: str, path: Path) -> bool:
        """Asked of the kernel, as that account: modes of all parents, access lists and mount options count."""
        question = ["/bin/sh", "-c", test, "sh", str(path)]
        answer = subprocess.run(question, cwd="/", check=False, **identity(self))
        return answer.returncode == 0


def service_account() -> Account | None:
    """None for an ordinary user, who runs everything as himself. Raises PlacementFailed when root finds no account."""
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise PlacementFailed(f"running as root needs one of the accounts {', '.join(_CANDIDATES)} for PostgreSQL")


def identity(account: Account | None) -> dict[str, Any]:
    """Arguments of subprocess functions: become `account` and give up every supplementary group."""
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
