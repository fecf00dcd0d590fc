"""`./run COMMAND`: the command line of an installation."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from embedded.errors import EmbeddedError
from embedded.layout import Layout
from embedded.services import ROOT, running_services

Command = Callable[[argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options)
    except EmbeddedError as error:
        print(f"run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run", description="Passepartout on one machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    services = _add(
        commands,
        "services",
        _services,
        "start the databases, run a command with their addresses, stop",
        default_data=".test",
    )
    services.add_argument("program", nargs="+", metavar="CMD", help="after --: the command and its arguments")
    test = _add(commands, "test", _test, "run the tests with real services", default_data=".test")
    test.add_argument("pytest", nargs="*", metavar="ARG", help="arguments for pytest")
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    command: Command,
    summary: str,
    *,
    default_data: str = "var",
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=summary, description=summary)
    parser.add_argument("--data", type=Path, default=ROOT / default_data, metavar="DIR", help="data directory")
    parser.set_defaults(command=command)
    return parser


def _services(options: argparse.Namespace) -> int:
    with running_services(Layout.at(options.data), for_tests=True) as services:
        environment = os.environ | services.environment
        return subprocess.run(options.program, env=environment, cwd=ROOT, check=False).returncode


def _test(options: argparse.Namespace) -> int:
    with running_services(Layout.at(options.data), for_tests=True) as services:
        pytest = [sys.executable, "-m", "pytest", "-n", "2", *options.pytest]
        return subprocess.run(pytest, env=services.environment, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
