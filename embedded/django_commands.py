"""`./run manage …` and its short forms: works beside a running `up`, and starts the databases when nothing runs."""

import argparse
import subprocess

from embedded import commands
from embedded.children import ROOT
from embedded.environment import Endpoints, gguf
from embedded.errors import AlreadyRunning
from embedded.layout import Layout
from embedded.ownership import holder
from embedded.ports import recorded_port
from embedded.secrets import load_or_create
from embedded.services import Services, running_services

# Only these change or read the schema as its owner; everything else runs with the rights of the web server.
_AS_OWNER = frozenset({"migrate", "makemigrations", "showmigrations", "sqlmigrate"})


def manage(options: argparse.Namespace) -> int:
    return run_django(Layout.at(options.data), options.arguments)


def create_owner(options: argparse.Namespace) -> int:
    return run_django(Layout.at(options.data), ["create_owner", *options.arguments])


def audit(options: argparse.Namespace) -> int:
    return run_django(Layout.at(options.data), ["audit", *options.arguments])


def run_django(layout: Layout, arguments: list[str]) -> int:
    """Raises EmbeddedError."""
    layout.create()
    found = holder(layout.run)
    if found is None:
        with running_services(layout, "manage", with_inference=False) as services:
            if "migrate" not in arguments:
                _django(["migrate", "--verbosity", "0"], services)
            return _django(arguments, services)
    if not found.url:
        raise AlreadyRunning(f"`run {found.purpose}` (pid {found.pid}) is using this data directory; wait for its end")
    return _django(arguments, services_of_running(layout))


def _django(arguments: list[str], services: Services) -> int:
    as_owner = bool(arguments) and arguments[0] in _AS_OWNER
    environment = services.owner_environment if as_owner else services.app_environment
    return subprocess.run(commands.django(*arguments), env=environment, cwd=ROOT, check=False).returncode


def services_of_running(layout: Layout) -> Services:
    """Addresses and secrets of what `up` runs. Raises FileNotFoundError when it never ran."""
    found = holder(layout.run)
    endpoints = Endpoints(
        postgres=recorded_port(layout.postgres / "port"),
        valkey=recorded_port(layout.valkey / "port"),
        inference=recorded_port(layout.run / "inference.port"),
        llm=recorded_port(layout.run / "llm.port") if gguf(layout) else 0,
        public_url=found.url if found and found.url else "http://127.0.0.1:8000",
    )
    return Services(layout, load_or_create(layout.secrets, database_exists=True), endpoints)


def environment_of_running(layout: Layout) -> dict[str, str]:
    return services_of_running(layout).app_environment
