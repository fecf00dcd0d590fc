"""The settings name the language model; a wrong name is refused at start, none is fine."""

from collections.abc import Iterator

import pytest

from engines.accelerator import GpuBusy
from engines.llm import Message
from engines.llm.errors import ModelPaused, ModelUnreachable
from passepartout.llm import engines_in_use
from passepartout.llm.checks import the_language_model_can_be_asked
from passepartout.llm.engines_in_use import (
    language_model,
    language_model_state,
    prepare_language_model,
    quick_language_model,
)
from tests.leases import taken


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    for cached in (engines_in_use._model, engines_in_use._quick_model, engines_in_use._metered, engines_in_use._turns):
        cached.cache_clear()
    engines_in_use._breaker.cache_clear()


@pytest.mark.parametrize(
    ("wrong", "identifier"),
    [
        ({"LLM_URL": "127.0.0.1:11434"}, "llm.E001"),
        ({"LLM_URL": "file:///etc/passwd"}, "llm.E001"),
        ({"LLM_MODEL": ""}, "llm.E002"),
        ({"LLM_KIND": "chatgpt"}, "llm.E003"),
        ({"LLM_FIRST_TOKEN_SECONDS": 0}, "llm.E004"),
        ({"LLM_FIRST_TOKEN_SECONDS": 400}, "llm.E004"),
        ({"LLM_GPU": "gpu0"}, "llm.E005"),
        ({"GPU_LEASE_SECONDS": 0}, "llm.E006"),
    ],
)
def test_a_model_that_can_never_answer_is_refused_at_start(settings, wrong, identifier):
    settings.LLM_URL, settings.LLM_MODEL = "http://127.0.0.1:11434", "qwen"
    for name, value in wrong.items():
        setattr(settings, name, value)
    assert [message.id for message in the_language_model_can_be_asked()] == [identifier]


def test_without_an_address_there_is_no_model_and_nothing_to_refuse(settings):
    settings.LLM_URL, settings.LLM_KIND = "", "nonsense"
    assert language_model() is None
    assert language_model_state() == "off"
    assert the_language_model_can_be_asked() == []


def test_the_model_is_the_one_the_settings_name(settings):
    settings.LLM_URL, settings.LLM_MODEL, settings.LLM_KIND = "http://127.0.0.1:9/v1", "qwen", "ollama"
    model = language_model()
    assert model is not None
    assert model is language_model()
    assert (model.name, model.context) == ("qwen", 4096)


def test_five_failures_in_a_row_pause_the_model_of_this_process_and_readiness_says_so(settings, client, db):
    settings.LLM_URL, settings.LLM_MODEL = "http://127.0.0.1:9", "qwen"
    assert language_model_state() == "configured"
    model = language_model()
    assert model is not None
    for _ in range(5):
        with pytest.raises(ModelUnreachable):
            model.complete([Message("user", "Bonjour ?")])
    with pytest.raises(ModelPaused):
        model.complete([Message("user", "Bonjour ?")])
    assert client.get("/health/ready").json()["optional"] == {"language_model": "paused"}


def test_on_a_gpu_that_another_service_has_who_prefers_speed_is_refused_at_once_and_the_breaker_counts_nothing(
    settings, leases
):
    settings.LLM_URL, settings.LLM_MODEL = "http://127.0.0.1:9", "qwen"
    settings.LLM_GPU = leases.device
    quick = quick_language_model()
    assert quick is not None
    other = taken(leases, "ocr")
    for _ in range(6):
        with pytest.raises(GpuBusy):
            quick.complete([Message("user", "Bonjour ?")])
    assert language_model_state() == "configured"
    leases.release(other.claim)
    with pytest.raises(ModelUnreachable):
        quick.complete([Message("user", "Bonjour ?")])
    assert not leases.usage().busy


def test_without_a_gpu_speed_and_quality_are_the_same(settings):
    settings.LLM_URL, settings.LLM_MODEL = "http://127.0.0.1:9", "qwen"
    assert quick_language_model() is language_model()


def test_preparing_asks_nobody_and_needs_no_model(settings):
    settings.LLM_URL = ""
    prepare_language_model()
    settings.LLM_URL, settings.LLM_MODEL = "http://127.0.0.1:9", "qwen"
    prepare_language_model()
    assert language_model_state() == "configured"
