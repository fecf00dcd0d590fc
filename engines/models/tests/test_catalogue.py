"""The catalogue itself, and what it recommends to whom."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engines.models import catalogue, read_catalogue
from engines.models.recommending import Machine, recommended, this_machine

PERMISSIVE = {"MIT", "Apache-2.0", "BSD-3-Clause"}
ENTRY = """
[[model]]
name = "{name}"
purpose = "answers"
title = "t"
licence = "MIT"
source = "https://hub.example/o/m"
revision = "r"
memory_gb = 1.0
gpu_gb = 1.0
on = ["gpu"]
reads = ""
files = [{{ path = "{path}", size = 1, sha256 = "" }}]
"""


@pytest.mark.parametrize("path", ["../escape", "/etc/passwd", "a/../../b", ""])
def test_a_file_outside_its_model_s_directory_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "c.toml").write_text(ENTRY.format(name="m", path=path))
    with pytest.raises(ValueError, match="leaves"):
        read_catalogue(tmp_path / "c.toml")


def test_a_name_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(ENTRY.format(name="m", path="a") * 2)
    with pytest.raises(ValueError, match="twice"):
        read_catalogue(tmp_path / "c.toml")


@pytest.mark.parametrize("model", catalogue(), ids=lambda model: model.name)
def test_every_model_is_pinned_free_to_use_and_named_well(model) -> None:
    assert model.licence in PERMISSIVE
    assert model.source.startswith("https://")
    assert set(model.on) <= {"processor", "gpu"}
    assert model.on
    assert re.fullmatch(r"[0-9a-f]{40}", model.revision) or all(file.sha256 for file in model.files)
    for file in model.files:
        assert file.size > 0
        assert re.fullmatch(r"([0-9a-f]{64})?", file.sha256)
        assert model.url(file) == f"{model.source}/resolve/{model.revision}/{file.path}"
    if model.reads:
        name, _, path = model.reads.partition("=")
        assert name == "LLM_GGUF"
        assert path == f"{model.name}/{model.files[0].path}"


def test_every_purpose_of_the_product_has_a_model_for_a_processor_or_a_12_gb_gpu() -> None:
    purposes = {"answers", "embeddings", "speech", "pictures"}
    small, large = Machine(16), Machine(32, gpu_gb=12.9)
    assert {choice.model.purpose for choice in recommended(small, catalogue())} == purposes
    assert {choice.model.purpose for choice in recommended(large, catalogue())} == purposes


def test_a_12_gb_gpu_gets_the_larger_models_and_all_of_them_fit_together() -> None:
    choices = recommended(Machine(32, gpu_gb=12.9), catalogue())
    on_gpu = [choice.model for choice in choices if choice.on == "gpu"]
    assert {model.name for model in on_gpu} == {"qwen2.5-7b-instruct", "whisper-large-v3-turbo"}
    assert sum(model.gpu_gb for model in on_gpu) < 12


def test_a_small_machine_is_offered_nothing_that_would_drown_it() -> None:
    choices = recommended(Machine(4), catalogue())
    assert "answers" not in {choice.model.purpose for choice in choices}
    assert sum(choice.model.memory_gb for choice in choices) <= 2


def test_a_mirror_replaces_the_host_alone() -> None:
    model = catalogue()[0]
    assert model.url(model.files[0], "https://mirror.example/hf/").startswith("https://mirror.example/hf/bartowski/")


def test_this_machine_is_read_from_its_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:       16000000 kB\nMemFree: 1 kB\n")
    card = tmp_path / "drm" / "card0" / "device"
    card.mkdir(parents=True)
    (card / "mem_info_vram_total").write_text("12884901888\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    machine = this_machine(meminfo, tmp_path / "drm")
    assert (round(machine.memory_gb), round(machine.gpu_gb, 1), machine.gpu) == (16, 12.9, "AMD")


@pytest.mark.parametrize(
    ("says", "gpu", "gigabytes"),
    [
        ("echo 'NVIDIA GeForce RTX 3060, 12288'", "NVIDIA GeForce RTX 3060", 12.9),
        ("echo 'NVIDIA-SMI has failed'; exit 9", "", 0.0),
        ("echo 'GPU, [N/A]'", "", 0.0),
    ],
)
def test_a_graphics_card_says_what_it_has_or_counts_as_none(tmp_path, monkeypatch, says, gpu, gigabytes) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 16000000 kB\n")
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{says}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}")
    machine = this_machine(tmp_path / "meminfo", tmp_path / "none")
    assert (machine.gpu, round(machine.gpu_gb, 1)) == (gpu, gigabytes)
