"""The language model that `up` serves for a GGUF file named in settings.env."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from embedded.children import ROOT, answers_ok, inherited, llm_program
from embedded.environment import Endpoints, gguf, llm_environment, platform_environment
from embedded.errors import SetupFailed
from embedded.layout import Layout
from embedded.models import check_language_model
from embedded.ports import any_free
from embedded.programs import RunningProgram
from embedded.secrets import throwaway
from engines.llm import Message, Parameters
from engines.llm.openai_http import Endpoint, OpenAIModel
from engines.models import catalogue
from engines.models.ledger import Entry, Ledger
from inference.tests.tiny_gguf import write_tiny_gguf

SECRETS = throwaway()
with_llama = pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is an extra")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout.at(tmp_path / "data").create()


def settings(layout: Layout, *lines: str) -> None:
    (layout.root / "settings.env").write_text("\n".join(lines))


@with_llama
def test_a_file_that_is_no_model_stops_up_with_one_line(layout: Layout) -> None:
    for content in (b"", b"<html>Not found</html>"):
        (layout.models / "model.gguf").write_bytes(content)
        with pytest.raises(SetupFailed, match="not a GGUF file"):
            check_language_model(layout.models / "model.gguf")
    with pytest.raises(SetupFailed, match="cannot be read"):
        check_language_model(layout.models / "absent.gguf")


def test_without_llama_the_way_to_install_it_is_said(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SetupFailed, match="install-llama"):
        check_language_model(layout.models / "model.gguf")


def test_without_a_file_the_platform_hears_of_no_model(layout: Layout) -> None:
    assert gguf(layout) is None
    assert not [name for name in platform_environment(layout, SECRETS, Endpoints(1, 2, 3)) if name.startswith("LLM_")]


def test_the_platform_is_told_where_the_model_is_and_holds_its_key(layout: Layout) -> None:
    settings(layout, "LLM_GGUF=instruct/q4.gguf", "LLM_SLOTS=2", "EMAIL_HOST_PASSWORD=theirs")
    platform = platform_environment(layout, SECRETS, Endpoints(1, 2, 3, llm=4))
    assert platform["LLM_URL"] == "http://127.0.0.1:4"
    assert (platform["LLM_MODEL"], platform["LLM_KIND"]) == ("q4", "llamacpp")
    server = llm_environment(layout, SECRETS)
    assert server["LLM_GGUF"] == str(layout.models / "instruct" / "q4.gguf")
    assert server["INFERENCE_TOKEN"] == platform["LLM_API_KEY"] == SECRETS.inference_token
    assert "EMAIL_HOST_PASSWORD" not in server


def test_answers_are_kept_with_the_hash_of_a_model_that_was_fetched(layout: Layout) -> None:
    model = next(each for each in catalogue() if each.purpose == "answers")
    settings(layout, model.reads)
    endpoints = Endpoints(1, 2, 3, llm=4)
    assert platform_environment(layout, SECRETS, endpoints)["LLM_MODEL_SHA256"] == ""
    entry = Entry(model.files[0].sha256, model.files[0].size, "", "", first_use=False)
    Ledger(layout.models).record(model, model.files[0], entry)
    assert platform_environment(layout, SECRETS, endpoints)["LLM_MODEL_SHA256"] == model.files[0].sha256


def test_an_engine_of_the_operator_s_own_wins(layout: Layout) -> None:
    settings(layout, "LLM_GGUF=q4.gguf", "LLM_URL=http://10.0.0.5:8000", "LLM_MODEL=qwen", "LLM_KIND=vllm")
    platform = platform_environment(layout, SECRETS, Endpoints(1, 2, 3, llm=4))
    assert (platform["LLM_URL"], platform["LLM_MODEL"]) == ("http://10.0.0.5:8000", "qwen")


@with_llama
@pytest.mark.slow
def test_the_model_answers_through_what_the_platform_was_told(layout: Layout, tmp_path: Path) -> None:
    write_tiny_gguf(layout.models / "tiny.gguf")
    settings(layout, "LLM_GGUF=tiny.gguf", "LLM_THREADS=1", "LLM_CONTEXT=512")
    port = any_free()
    environment = inherited() | llm_environment(layout, SECRETS)
    running = RunningProgram(llm_program(port=port, environment=environment), tmp_path / "llm.log")
    platform = platform_environment(layout, SECRETS, Endpoints(1, 2, 3, llm=port))
    endpoint = Endpoint(platform["LLM_URL"], platform["LLM_MODEL"], api_key=platform["LLM_API_KEY"])
    running.start()
    try:
        running.wait_ready()
        answer = OpenAIModel(endpoint).complete([Message("user", "Bonjour ?")], Parameters(max_tokens=4))
    finally:
        began = time.monotonic()
        running.stop()
    assert answer.completion_tokens == 4
    assert time.monotonic() - began < 5, "it ends when it is asked to"


@with_llama
@pytest.mark.slow
def test_a_container_serves_it_alone_with_its_own_environment_and_no_database(layout: Layout) -> None:
    write_tiny_gguf(layout.models / "tiny.gguf")
    port = any_free()
    own = {"LLM_GGUF": "tiny.gguf", "MODELS_DIR": str(layout.models), "INFERENCE_TOKEN": "key", "LLM_THREADS": "1"}
    command = [sys.executable, "-m", "embedded", "llm", "--port", str(port), "--data", str(layout.root / "unused")]
    with subprocess.Popen(command, cwd=ROOT, env={"PATH": os.environ["PATH"]} | own) as process:
        try:
            deadline = time.monotonic() + 30
            while not answers_ok(f"http://127.0.0.1:{port}/health") and time.monotonic() < deadline:
                time.sleep(0.1)
            names = OpenAIModel(Endpoint(f"http://127.0.0.1:{port}", "tiny", api_key="key")).models()
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(10)
    assert names == ("tiny",)
    assert code == 0
    assert not (layout.root / "unused").exists()
