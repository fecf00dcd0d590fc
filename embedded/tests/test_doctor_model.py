"""What `./run doctor` says of the language model: the product works without, so it is never worse than a note."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import doctor
from embedded.environment import Endpoints
from embedded.layout import Layout
from embedded.secrets import throwaway
from embedded.services import Services
from tests.contracts.model_server import ModelServer, model_server
from tests.leases import valkey


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture
def said(tmp_path: Path):
    """Level and text for these lines of settings.env."""
    layout = Layout.at(tmp_path / "data").create()

    def examine(*lines: str) -> tuple[str, str]:
        (layout.root / "settings.env").write_text("\n".join(lines))
        finding = doctor._language_model(Services(layout, throwaway(), Endpoints(1, 2, 3)))
        return finding.level, finding.text

    return examine


def test_a_kind_that_does_not_exist_is_bad(said) -> None:
    level, text = said("LLM_URL=http://127.0.0.1:9", "LLM_MODEL=qwen", "LLM_KIND=chatgpt")
    assert level == "bad"
    assert "ollama" in text


@pytest.mark.parametrize(
    ("path", "model", "because"),
    [("", "mistral", "no model named mistral"), ("/loading", "normal", "still loading"), ("/nowhere", "normal", "404")],
)
def test_a_model_that_would_not_answer_is_noted_with_the_reason(said, server, path, model, because) -> None:
    level, text = said(f"LLM_URL={server.url}{path}", f"LLM_MODEL={model}", "LLM_KIND=vllm")
    assert level == "note"
    assert because in text


def test_nobody_listening_is_noted(said) -> None:
    level, text = said("LLM_URL=http://127.0.0.1:9", "LLM_MODEL=qwen")
    assert (level, "cannot be reached" in text) == ("note", True)


def test_no_model_is_noted_with_what_it_means(said) -> None:
    level, text = said()
    assert level == "note"
    assert "extracts" in text


def test_a_model_that_would_answer_is_fine(said, server) -> None:
    level, text = said(f"LLM_URL={server.url}/v1", "LLM_MODEL=normal", "LLM_KIND=ollama")
    assert (level, text) == ("ok", f"normal at {server.url}/v1: ok")


def test_shared_gpus_are_named_with_who_computes(tmp_path: Path) -> None:
    layout = Layout.at(tmp_path / "data").create()
    settings = layout.root / "settings.env"
    services = Services(layout, throwaway(), Endpoints(1, 2, 3))
    assert doctor._gpus(services).text == "none is shared (no GPU_DEVICES)"
    settings.write_text("GPU_DEVICES=gpu0\nREDIS_URL=redis://127.0.0.1:9/0")
    assert doctor._gpus(services).level == "bad"
    with valkey(tmp_path) as server:
        settings.write_text(f"GPU_DEVICES=gpu0, gpu1\nREDIS_URL={server.url}")
        finding = doctor._gpus(services)
    assert (finding.level, finding.text) == ("ok", "gpu0: nobody computes, 0 wait; gpu1: nobody computes, 0 wait")
