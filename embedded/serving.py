"""`./run web|worker|courier|beat|inference|llm`: become that process, as containers and the supervisor do."""

import argparse
import os

from embedded import commands, frontend
from embedded.children import ROOT
from embedded.django_commands import environment_of_running
from embedded.environment import inference_environment, llm_environment
from embedded.layout import Layout
from embedded.secrets import load_or_create


def web(options: argparse.Namespace) -> int:
    pages = frontend.built()
    if pages and "FRONTEND_DIR" not in os.environ:
        os.environ["FRONTEND_DIR"] = str(pages)
    return _become(commands.web(host=options.host, port=options.port), options)


def worker(options: argparse.Namespace) -> int:
    return _become(commands.worker(concurrency=options.concurrency), options)


def courier(options: argparse.Namespace) -> int:
    return _become(commands.courier(), options)


def beat(options: argparse.Namespace) -> int:
    return _become(commands.beat(schedule=options.schedule or options.data / "run" / "beat.schedule"), options)


def inference(options: argparse.Namespace) -> int:
    layout = Layout.at(options.data)
    known = {} if "MODELS_DIR" in os.environ else inference_environment(layout, load_or_create(layout.secrets))
    return _replace(commands.inference(host=options.host, port=options.port), known)


def llm(options: argparse.Namespace) -> int:
    layout = Layout.at(options.data)
    known = {} if "LLM_GGUF" in os.environ else llm_environment(layout, load_or_create(layout.secrets))
    return _replace(commands.llm(host=options.host, port=options.port), known)


def _become(argv: list[str], options: argparse.Namespace) -> int:
    """A container brings its whole environment; by hand, beside `run up`, that of the data directory is used.

    The engines' processes are given no database: theirs is told by what they cannot do without.
    """
    known = {} if "DATABASE_URL" in os.environ else environment_of_running(Layout.at(options.data))
    return _replace(argv, known)


def _replace(argv: list[str], known: dict[str, str]) -> int:
    os.chdir(ROOT)
    os.execve(argv[0], argv, os.environ | known)  # noqa: S606 - our own command line
    return 0
