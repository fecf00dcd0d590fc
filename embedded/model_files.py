"""`./run models list|recommend|fetch|verify|install-llama`: the models of the catalogue, on this machine."""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from embedded.children import ROOT
from embedded.errors import SetupFailed
from embedded.layout import Layout
from engines.errors import EngineError
from engines.models import Model, ModelFile, catalogue
from engines.models.fetching import Fetcher
from engines.models.recommending import recommended, this_machine
from engines.models.verifying import is_fetched, verify

_LLAMA = ROOT / "requirements" / "llm.lock"


def models(options: argparse.Namespace) -> int:
    """Raises EmbeddedError."""
    return _ACTIONS[options.action](options)


def _list(options: argparse.Namespace) -> int:
    directory = Layout.at(options.data).models
    for model in catalogue():
        state = "here" if is_fetched(model, directory) else "-"
        size = f"{model.size / 1e9:>5.2f} GB"
        print(f"{model.name:<24} {model.purpose:<11} {size}  {model.licence:<11} {state:<5} {model.title}")
        print(f"{'':<24} {model.reads or 'nothing in this version reads it yet'}")
    return 0


def _recommend(_options: argparse.Namespace) -> int:
    machine = this_machine()
    gpu = f", {machine.gpu} with {machine.gpu_gb:.0f} GB" if machine.gpu_gb else ", no GPU found"
    print(f"{machine.memory_gb:.0f} GB of memory{gpu}")
    for choice in recommended(machine, catalogue()):
        taken = choice.model.gpu_gb if choice.on == "gpu" else choice.model.memory_gb
        print(f"{choice.model.purpose:<11} {choice.model.name:<24} on the {choice.on} ({taken:.1f} GB while it runs)")
    if machine.gpu_gb:
        print("The llama.cpp that `up` starts uses the processor; for the GPU see docs/operations (Language models).")
    return 0


def _fetch(options: argparse.Namespace) -> int:
    directory = Layout.at(options.data).create().models
    for model in _named(options.names):
        print(f"{model.name}: {model.title}, {model.licence}, {model.source}", flush=True)
        try:
            Fetcher(directory, mirror=options.mirror, progress=_Progress()).fetch(model)
        except EngineError as failed:
            raise SetupFailed(f"{model.name}: {failed.detail}") from failed
        _say_first_use(model, directory)
        if model.reads:
            print(f"{model.name}: here. To use it, write {model.reads} into {options.data / 'settings.env'}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    """Reads every byte. Exit code 1 when a file of a fetched (or named) model is missing or altered."""
    directory = Layout.at(options.data).models
    bad = False
    wanted = _named(options.names) if options.names else [m for m in catalogue() if (directory / m.name).is_dir()]
    for model in wanted:
        for path, state in verify(model, directory).items():
            print(f"{state:<9} {model.name}/{path}", flush=True)
            bad = bad or state in {"altered", "missing"}
    if not wanted:
        print(f"no model of the catalogue in {directory}")
    return 1 if bad else 0


def _install_llama(_options: argparse.Namespace) -> int:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--require-hashes"]
    outcome = subprocess.run([*command, "--no-deps", "-r", str(_LLAMA)], cwd=ROOT, check=False)
    if outcome.returncode != 0:
        raise SetupFailed("llama.cpp could not be installed: is a package index reachable? (messages above)")
    print("llama.cpp is installed; name a model with LLM_GGUF and start again")
    return 0


def _named(names: list[str]) -> list[Model]:
    known = {model.name: model for model in catalogue()}
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        problem = f"no model named {', '.join(unknown)}" if unknown else "name a model"
        raise SetupFailed(f"{problem}; there are {', '.join(known)}")
    return [known[name] for name in names]


def _say_first_use(model: Model, directory: Path) -> None:
    for path, state in verify(model, directory).items():
        if state == "first use":
            print(f"{model.name}/{path}: nobody vouched for its hash; it is recorded and later fetches must equal it")


@dataclass
class _Progress:
    """A line every few seconds, which reads well in a terminal and in a log."""

    every: float = 5.0
    clock: Callable[[], float] = time.monotonic
    _last: float = field(default=float("-inf"))

    def __call__(self, file: ModelFile, here: int, whole: int) -> None:
        if self.clock() - self._last < self.every and here < whole:
            return
        self._last = self.clock()
        print(f"  {file.path} {here / 1e6:,.0f} of {whole / 1e6:,.0f} MB ({100 * here // whole} %)", flush=True)


_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": _list,
    "recommend": _recommend,
    "fetch": _fetch,
    "verify": _verify,
    "install-llama": _install_llama,
}
