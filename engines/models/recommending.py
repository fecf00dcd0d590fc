"""Which models of the catalogue this machine can run."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engines.models import Model

# The rest is for the database, the web server, the worker and the system.
_SHARE_OF_MEMORY = 0.5
_SHARE_OF_GPU = 0.9
_GB = 1e9


@dataclass(frozen=True, slots=True)
class Machine:
    """`gpu_gb`: memory of the largest GPU, 0 without one."""

    memory_gb: float
    gpu_gb: float = 0.0
    gpu: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    model: Model
    on: str


def this_machine(meminfo: Path = Path("/proc/meminfo"), cards: Path = Path("/sys/class/drm")) -> Machine:
    lines = (line.split(":") for line in meminfo.read_text().splitlines())
    kilobytes = next(int(value.split()[0]) for name, value in lines if name == "MemTotal")
    gpu, gpu_gb = max([_nvidia(), _amd(cards)], key=lambda found: found[1])
    return Machine(kilobytes * 1024 / _GB, gpu_gb, gpu)


def recommended(machine: Machine, models: Sequence[Model]) -> list[Choice]:
    """The largest for each purpose, in the catalogue's order: on the GPU while it has room, else on the processor."""
    room = {"gpu": machine.gpu_gb * _SHARE_OF_GPU, "processor": machine.memory_gb * _SHARE_OF_MEMORY}
    choices: list[Choice] = []
    for purpose in dict.fromkeys(model.purpose for model in models):
        candidates = sorted((model for model in models if model.purpose == purpose), key=lambda model: -model.size)
        choice = next((Choice(model, on) for on in room for model in candidates if _fits(model, on, room[on])), None)
        if choice:
            room[choice.on] -= _taken(choice.model, choice.on)
            choices.append(choice)
    return choices


def _fits(model: Model, on: str, room: float) -> bool:
    return on in model.on and _taken(model, on) <= room


def _taken(model: Model, on: str) -> float:
    return model.gpu_gb if on == "gpu" else model.memory_gb


def _nvidia() -> tuple[str, float]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return "", 0.0
    command = [program, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603
        found = [line.rsplit(",", 1) for line in said.splitlines() if "," in line]
        return max(((name.strip(), float(mib) * 1024**2 / _GB) for name, mib in found), key=lambda card: card[1])
    except (OSError, subprocess.SubprocessError, ValueError):
        return "", 0.0  # a driver that does not answer is no GPU one could use


def _amd(cards: Path) -> tuple[str, float]:
    sizes = [int(path.read_text()) for path in cards.glob("card*/device/mem_info_vram_total")]
    return ("AMD", max(sizes) / _GB) if sizes else ("", 0.0)
