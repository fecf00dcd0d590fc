"""The services other programs stand on (PostgreSQL, Valkey, inference), started for the duration of a `with`."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx

from embedded import commands, roles
from embedded.environment import DATABASE, INHERITED, Endpoints, inference_environment, owner_environment
from embedded.layout import Layout
from embedded.ports import kept_port
from embedded.postgres import PostgresServer
from embedded.programs import Program, RunningProgram
from embedded.secrets import Secrets, load_or_create
from embedded.valkey import ValkeyServer

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Services:
    layout: Layout
    secrets: Secrets
    endpoints: Endpoints

    @property
    def environment(self) -> dict[str, str]:
        """With the owner's database address: for migrations, tests and the operator's own commands."""
        return inherited() | owner_environment(self.layout, self.secrets, self.endpoints)


def inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


@contextmanager
def running_services(layout: Layout, *, for_tests: bool = False) -> Iterator[Services]:
    """`for_tests`: not crash-safe, and the owner may create databases. Raises EmbeddedError."""
    layout.create()
    secrets = load_or_create(layout.secrets, database_exists=(layout.postgres / "port").is_file())
    with ExitStack() as stack:
        postgres = PostgresServer(
            layout.postgres,
            superuser_password=secrets.db_superuser_password,
            log=layout.logs / "postgres.log",
            durable=not for_tests,
        )
        postgres.start()
        stack.callback(postgres.stop)
        valkey = ValkeyServer(layout.valkey, password=secrets.redis_password, log=layout.logs / "valkey.log")
        valkey.start()
        stack.callback(valkey.stop)
        inference_port = _start_inference(stack, layout, secrets)
        postgres.wait_ready()
        roles.bootstrap(
            postgres.superuser_dsn,
            DATABASE,
            secrets.db_owner_password,
            secrets.db_app_password,
            owner_creates_databases=for_tests,
        )
        valkey.wait_ready()
        endpoints = Endpoints(postgres=postgres.port or 0, valkey=valkey.port or 0, inference=inference_port)
        yield Services(layout, secrets, endpoints)


def _start_inference(stack: ExitStack, layout: Layout, secrets: Secrets) -> int:
    port = kept_port(layout.run / "inference.port")
    if find_spec("inference.app") is None:
        print("inference: not part of this checkout, not started", file=sys.stderr)
        return port
    environment = inherited() | inference_environment(layout, secrets)
    running = RunningProgram(inference_program(port, environment), layout.logs / "inference.log")
    running.start()
    stack.callback(running.stop)
    running.wait_ready()
    return port


def inference_program(port: int, environment: Mapping[str, str]) -> Program:
    return Program(
        name="inference",
        argv=tuple(commands.inference(host="127.0.0.1", port=port)),
        ready=lambda: answers_ok(f"http://127.0.0.1:{port}/health"),
        environment=environment,
        directory=ROOT,
    )


def answers_ok(url: str) -> bool:
    try:
        return httpx.get(url, timeout=3, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
