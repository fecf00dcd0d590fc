"""A real llama.cpp server, started as `up` starts it, on a tiny model with random weights."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from engines.llm import Message, Parameters, Schema
from engines.llm.answers import Timeouts
from engines.llm.errors import ModelUnreachable, PromptTooLong
from engines.llm.openai_http import Endpoint, OpenAIModel
from engines.llm.structured import structured
from inference.tests.tiny_gguf import write_tiny_gguf

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is an extra"),
]
ROOT = Path(__file__).resolve().parents[2]
ASKED = [Message("system", "Tu réponds court."), Message("user", "Quel est le loyer ?")]
KEY = "a key of this test"
# A random model writes any bytes: only a pattern keeps its texts to characters that JSON can carry.
INCIDENT = Schema(
    "incident",
    {
        "type": "object",
        "properties": {
            "kind": {"enum": ["damage", "delay", "loss"]},
            "parcel": {"type": "integer", "minimum": 1, "maximum": 999},
            "urgent": {"type": "boolean"},
            "reference": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{4}$"},
        },
        "required": ["kind", "parcel", "urgent", "reference"],
        "additionalProperties": False,
    },
)


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


def start(gguf: Path | str, port: int = 0, **settings: str) -> subprocess.Popen[str]:
    environment = {"PATH": os.environ["PATH"], "LLM_GGUF": str(gguf), "INFERENCE_TOKEN": KEY, "LLM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "inference.llm", "--port", str(port)],
        cwd=ROOT,
        env=environment | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def llama(gguf: Path) -> Iterator[OpenAIModel]:
    """Ready, and asked to end in the end."""
    port = free_port()
    model = OpenAIModel(Endpoint(f"http://127.0.0.1:{port}", "tiny", api_key=KEY, timeouts=Timeouts(5, 60, 60, 120)))
    with start(gguf, port, LLM_CONTEXT="1024") as process:
        try:
            deadline = time.monotonic() + 60
            while not model.health().ok and time.monotonic() < deadline and process.poll() is None:
                time.sleep(0.1)
            yield model
        finally:
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=30)
    assert "serving tiny.gguf" in said
    assert process.returncode == 0


def url(model: OpenAIModel, path: str) -> str:
    return f"{model.endpoint.root}{path}"


def being_answered(model: OpenAIModel) -> float:
    lines = httpx.get(url(model, "/metrics"), headers={"Authorization": f"Bearer {KEY}"}).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("llamacpp:requests_processing "))


# What must never happen


@pytest.mark.parametrize(
    ("path", "body"), [("/v1/chat/completions", {"messages": []}), ("/metrics", None), ("/completion", {"prompt": "a"})]
)
@pytest.mark.parametrize("key", ["", "Bearer wrong"])
def test_nobody_asks_without_the_key(llama: OpenAIModel, path: str, body: dict | None, key: str) -> None:
    method = "POST" if body is not None else "GET"
    answer = httpx.request(method, url(llama, path), json=body, headers={"Authorization": key} if key else {})
    assert answer.status_code == 401


def test_with_another_key_it_is_not_reached(llama: OpenAIModel) -> None:
    with pytest.raises(ModelUnreachable, match="key"):
        OpenAIModel(replace(llama.endpoint, api_key="wrong")).complete(ASKED)


def test_no_page_of_the_web_may_read_it_nor_see_the_prompts_of_others(llama: OpenAIModel) -> None:
    origin = {"Origin": "https://evil.example", "Authorization": f"Bearer {KEY}"}
    allowed = httpx.get(url(llama, "/v1/models"), headers=origin).headers.get("access-control-allow-origin", "")
    assert allowed in {"", "null"}
    assert httpx.get(url(llama, "/slots"), headers=origin).status_code != 200
    assert "<html" not in httpx.get(url(llama, "/"), headers=origin).text


def test_it_listens_to_this_machine_only(llama: OpenAIModel) -> None:
    port = int(llama.endpoint.root.rsplit(":", 1)[1])
    entries = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    for address in {str(entry[4][0]) for entry in entries} - {"127.0.0.1"}:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, port), 1)


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read"), (b"", "not a GGUF"), (b"PK\x03\x04zip", "not a GGUF")]
)
def test_a_file_that_is_no_model_is_named_in_one_line(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)
    with start(path) as process:
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said in output
    assert str(path) in output
    assert len(output.strip().splitlines()) == 1


def test_a_model_that_is_cut_off_is_refused(tmp_path: Path, gguf: Path) -> None:
    path = tmp_path / "half.gguf"
    path.write_bytes(gguf.read_bytes()[:200_000])
    with start(path, free_port()) as process:
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "cannot be served" in output


def test_without_a_key_it_does_not_start(gguf: Path) -> None:
    with start(gguf, INFERENCE_TOKEN="") as process:
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "INFERENCE_TOKEN" in output


def test_a_prompt_longer_than_the_context_is_refused_for_good(llama: OpenAIModel) -> None:
    with pytest.raises(PromptTooLong) as refused:
        llama.complete([Message("user", "loyer " * 1000)])
    assert refused.value.permanent


# What it is for


def test_it_says_which_model_it_serves(llama: OpenAIModel) -> None:
    assert llama.health().models == llama.models() == ("tiny",)


def test_it_answers_and_counts(llama: OpenAIModel) -> None:
    answer = llama.complete(ASKED, Parameters(max_tokens=24))
    assert answer.completion_tokens == 24
    assert answer.prompt_tokens > 30
    assert answer.cut
    assert answer.model == "tiny"


def test_it_streams_word_by_word(llama: OpenAIModel) -> None:
    async def read() -> list[str]:
        async with aclosing(llama.stream(ASKED, Parameters(max_tokens=60, temperature=1.0, seed=1))) as deltas:
            return [delta.text async for delta in deltas if delta.text]

    assert len(asyncio.run(read())) > 10


def test_twenty_of_twenty_objects_obey_their_schema(llama: OpenAIModel) -> None:
    for seed in range(20):
        answer = structured(llama, ASKED, INCIDENT, Parameters(max_tokens=120, temperature=1.0, seed=seed))
        assert len(answer.completions) == 1, "the engine constrained itself: no second try"
        assert json.loads(answer.completions[0].text) == answer.value


def test_who_stops_listening_frees_the_slot(llama: OpenAIModel) -> None:
    async def stop_after_one() -> None:
        async with aclosing(llama.stream(ASKED, Parameters(max_tokens=900, temperature=1.0))) as deltas:
            await anext(deltas)

    asyncio.run(stop_after_one())
    deadline = time.monotonic() + 10
    while being_answered(llama) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert being_answered(llama) == 0
    assert llama.complete(ASKED, Parameters(max_tokens=4)).completion_tokens == 4
