"""`./run COMMAND`: the command line of an installation. Each command's module is imported only when it is called."""

import argparse
import importlib
import os
import signal
import sys
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from embedded.errors import EmbeddedError

ROOT = Path(__file__).resolve().parent.parent
# What follows these belongs to the program they call.
_PASSED_ON = {
    "test": ("development:test", ".test", "run the tests with real services: run test [--data DIR] [pytest arguments]"),
    "bench": ("development:bench", ".test", "run benchmarks/*.py, all or those named"),
    "services": ("development:services", ".test", "start the databases, run a command with their addresses: -- CMD …"),
    "manage": ("django_commands:manage", "var", "a Django management command"),
    "create-owner": ("django_commands:create_owner", "var", "create an organization and its owner"),
    "audit": ("django_commands:audit", "var", "audit verify: check every seal of the audit chain"),
}


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, _end)  # `with` blocks close, so that services started here are stopped
    options = parse(arguments)
    module, function = options.command.split(":")
    try:
        return getattr(importlib.import_module(f"embedded.{module}"), function)(options)
    except EmbeddedError as error:
        print(f"run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _end(number: int, _frame: Any) -> NoReturn:
    sys.exit(128 + number)


def parse(arguments: list[str]) -> argparse.Namespace:
    """`command` is "module:function"; `data` absolute; `arguments` what a passed-on command gets."""
    if arguments and arguments[0] in _PASSED_ON:
        command, data, _ = _PASSED_ON[arguments[0]]
        own, passed = _data_apart(arguments[1:])
        options = _data_option(data).parse_args(own)
        options.arguments = passed
        options.command = command
    else:
        options = _parser().parse_args(arguments)
    options.data = Path(os.environ.get("PASSEPARTOUT_CALLER_DIR", Path.cwd()), options.data)
    return options


def _data_apart(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Our `--data DIR`, wherever it stands before a `--`, and the rest without that `--`."""
    head, tail = arguments, []
    if "--" in arguments:
        at = arguments.index("--")
        head, tail = arguments[:at], arguments[at + 1 :]
    own: list[str] = []
    rest: list[str] = []
    words = iter(head)
    for word in words:
        if word == "--data":
            own += [word, *islice(words, 1)]
        else:
            (own if word.startswith("--data=") else rest).append(word)
    return own, [*rest, *tail]


def _data_option(default: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run", add_help=False)
    parser.add_argument("--data", type=Path, default=ROOT / default, metavar="DIR", help=f"default: {default}/")
    return parser


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run", description="Passepartout on one machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    data = _data_option("var")

    def add(name: str, command: str, summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary, parents=[data])
        sub.set_defaults(command=command)
        return sub

    _add_operating(add)
    _add_serving(add)
    add("frontend", "frontend:frontend", "build the pages of frontend/ (up does it by itself)")
    add("check", "checks:check", "lint, types, contracts, locks, OpenAPI snapshot")
    for name, (_, _, summary) in _PASSED_ON.items():
        commands.add_parser(name, help=summary)
    return parser


def _port(word: str) -> int:
    if not word.isdecimal() or int(word) not in range(1, 65_536):
        raise argparse.ArgumentTypeError(f"{word} is no port: a number from 1 to 65535 is")
    return int(word)


def _add_operating(add: Any) -> None:
    up = add("up", "up:up", "start everything; Ctrl-C stops it")
    up.add_argument("--port", type=_port, help="default: 8000, or the next free one")
    up.add_argument("--host", default="127.0.0.1", help="address to listen on (0.0.0.0: every interface)")
    up.add_argument("--demo", action="store_true", help="load a small made-up organization")
    add("down", "operations:down", "stop what `up` started")
    add("status", "operations:status", "what runs")
    logs = add("logs", "operations:logs", "show the logs")
    logs.add_argument("name", nargs="?", help="postgres, valkey, inference, llm, web, worker, courier, beat")
    logs.add_argument("-f", "--follow", action="store_true", help="go on showing new lines")
    logs.add_argument("-n", "--lines", type=int, default=40)
    models = add("models", "model_files:models", "model files: list, recommend, fetch, verify; install-llama")
    models.add_argument("action", choices=["list", "recommend", "fetch", "verify", "install-llama"])
    models.add_argument("names", nargs="*", metavar="MODEL", help="for fetch and verify")
    models.add_argument("--mirror", default="", metavar="URL", help="fetch from a copy of the hub, instead of the hub")
    add("doctor", "doctor:doctor", "check this machine and this installation, one line each")


def _add_serving(add: Any) -> None:
    web = add("web", "serving:web", "the web server alone (containers)")
    web.add_argument("--host", default="127.0.0.1")
    web.add_argument("--port", type=int, default=8000)
    worker = add("worker", "serving:worker", "the worker alone (containers)")
    worker.add_argument("--concurrency", type=int, default=2)
    add("courier", "serving:courier", "the worker that delivers events alone (containers)")
    beat = add("beat", "serving:beat", "the clock of periodic tasks alone (containers)")
    beat.add_argument("--schedule", type=Path, help="file where it remembers what it sent")
    inference = add("inference", "serving:inference", "the inference service alone (containers)")
    inference.add_argument("--host", default="127.0.0.1")
    inference.add_argument("--port", type=int, default=8100)
    llm = add("llm", "serving:llm", "the language model of LLM_GGUF alone (containers)")
    llm.add_argument("--host", default="127.0.0.1")
    llm.add_argument("--port", type=int, default=8200)
