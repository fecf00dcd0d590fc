"""The services other programs stand on (PostgreSQL, Valkey, inference), started for the duration of a `with`."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from embedded import roles
from embedded.children import inference_program, inherited
from embedded.environment import (
    DATABASE,
    Endpoints,
    inference_environment,
    owner_environment,
    platform_environment,
)
from embedded.layout import Layout
from embedded.models import ensure_models
from embedded.ownership import end_leftovers, exclusive
from embedded.ports import kept_port
from embedded.postgres import PostgresServer
from embedded.programs import RunningProgram
from embedded.secrets import Secrets, load_or_create
from embedded.valkey import ValkeyServer


@dataclass(frozen=True)
class Services:
    layout: Layout
    secrets: Secrets
    endpoints: Endpoints

    @property
    def owner_environment(self) -> dict[str, str]:
        """With the owner's database address: for migrations and tests."""
        return inherited() | owner_environment(self.layout, self.secrets, self.endpoints)

    @property
    def app_environment(self) -> dict[str, str]:
        return inherited() | platform_environment(self.layout, self.secrets, self.endpoints)


@contextmanager
def running_services(
    layout: Layout, purpose: str, *, for_tests: bool = False, durable: bool = True, with_inference: bool = True
) -> Iterator[Services]:
    """`for_tests`: the owner may create databases. `durable=False`: faster, not crash-safe. Raises EmbeddedError."""
    layout.create()
    with exclusive(layout.run, purpose), ExitStack() as stack:
        end_leftovers(layout.run)
        secrets = existing_or_new_secrets(layout)
        postgres = postgres_server(layout, secrets, durable=durable)
        stack.callback(postgres.stop)
        postgres.start()
        valkey = ValkeyServer(layout.valkey, password=secrets.redis_password, log=layout.logs / "valkey.log")
        stack.callback(valkey.stop)
        valkey.start()
        inference_port = kept_port(layout.run / "inference.port")
        if with_inference:
            _start_inference(stack, layout, secrets, inference_port)
        postgres.wait_ready()
        bootstrap_roles(postgres, secrets, for_tests=for_tests)
        valkey.wait_ready()
        yield Services(layout, secrets, Endpoints(postgres.port or 0, valkey.port or 0, inference_port))


def existing_or_new_secrets(layout: Layout) -> Secrets:
    """Raises SecretsIncomplete."""
    return load_or_create(layout.secrets, database_exists=(layout.postgres / "port").is_file())


def postgres_server(layout: Layout, secrets: Secrets, *, durable: bool = True) -> PostgresServer:
    return PostgresServer(
        layout.postgres,
        superuser_password=secrets.db_superuser_password,
        log=layout.logs / "postgres.log",
        durable=durable,
    )


def bootstrap_roles(postgres: PostgresServer, secrets: Secrets, *, for_tests: bool = False) -> None:
    roles.bootstrap(
        postgres.superuser_dsn,
        DATABASE,
        roles.Passwords(
            owner=secrets.db_owner_password,
            app=secrets.db_app_password,
            reader=secrets.db_reader_password,
            writer=secrets.db_writer_password,
        ),
        owner_creates_databases=for_tests,
    )


def _start_inference(stack: ExitStack, layout: Layout, secrets: Secrets, port: int) -> None:
    environment = inherited() | inference_environment(layout, secrets)
    ensure_models(layout.models, environment)
    running = RunningProgram(inference_program(port=port, environment=environment), layout.logs / "inference.log")
    stack.callback(running.stop)
    running.start()
    running.wait_ready()
