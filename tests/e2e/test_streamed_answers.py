"""An answer that a language model writes, as a reader sees it grow, stops it and is told what to doubt."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from engines.accelerator.turns import Turns
from engines.accelerator.valkey import ValkeyAccelerator
from tests.contracts.model_server import ModelServer, model_server
from tests.e2e.documents import KEYS
from tests.e2e.installation import Installation, missing_services, running_installation
from tests.leases import settled

pytestmark = [pytest.mark.slow, pytest.mark.live, pytest.mark.usefixtures("browser", "administrator")]
WHERE_ARE_THE_KEYS = "Où est conservé le double des clés ?"
TRUE = "Un double des clés est conservé dans le coffre de l'agence de Villeurbanne {label}."
INVENTED = " Le code du coffre est le 4812 {label}."
GPU = f"gpu-{uuid4().hex}"
HOSTILE = " Voir ![x](https://evil.example/?q=1) <img src=https://evil.example/x.png> <script>alert(1)</script>"


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with model_server() as server:
        server.script, server.pause = words(TRUE + INVENTED + HOSTILE), 0.03
        yield server


@pytest.fixture(scope="module")
def installation(browser: Any, model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    if missing := missing_services():
        pytest.skip(f"needs the services of ./run test; not set: {missing}")
    named = {
        "LLM_URL": model.url,
        "LLM_MODEL": "scripted",
        "LLM_TIMEOUT_SECONDS": "30",
        "LLM_FIRST_TOKEN_SECONDS": "10",
        "GPU_DEVICES": GPU,
        "LLM_GPU": GPU,
        "GPU_LEASE_SECONDS": "2",
    }
    with running_installation(tmp_path_factory.mktemp("e2e"), **named) as running:
        yield running


def words(text, times=1):
    """What the model says, word by word, citing the passage with the keys as it was told to."""

    def script(request):
        told = request["messages"][1]["content"]
        passage = next((each for each in told.split("<passage ") if "double des clés" in each), "")
        label = "".join(re.findall(r'label="(\[DOC:[^"]+\])"', passage)[:1])
        return re.findall(r"\S+\s*", text.replace("{label}", label)) * times

    return script


@pytest.fixture
def contract(alice, files):
    alice.upload(files["contract"])
    alice.ready("Contrat du Parc")
    return alice


def test_words_appear_as_they_are_written_and_what_is_not_in_the_documents_is_marked(contract, model):
    model.script, model.pause = words(TRUE + INVENTED + HOSTILE), 0.05
    page = contract.page
    page.locator("#question").fill(WHERE_ARE_THE_KEYS)
    page.locator("#question").press("Enter")
    draft = page.locator(".answer.draft")
    draft.wait_for()
    page.get_by_role("button", name="Arrêter").wait_for()
    first = draft.inner_text()
    card = page.locator(".exchange").first
    card.locator(".made").wait_for()
    answer = card.locator(".answer")
    assert first.split()[0] == "Un"
    assert "[DOC:" not in first + card.inner_text()
    assert card.locator(".mark").count() == 1
    assert "4812" in answer.locator(".doubtful").first.inner_text()
    assert "Rédigé par un modèle de langage" in card.locator(".made").inner_text()
    assert not any(word in answer.inner_html() for word in ("evil", "<img", "<script"))
    card.locator(".mark").click()
    page.locator("dialog figure rect").first.wait_for()
    assert KEYS.split()[0] in card.locator("q").inner_text()


def test_while_another_service_has_the_gpu_the_reader_is_told_their_place(contract, model, installation):
    model.script, model.pause = words(TRUE), 0.01
    page = contract.page
    gpu = ValkeyAccelerator(installation.environment["REDIS_URL"], GPU, seconds=2.0)
    settled(gpu)
    with Turns(gpu, "speech", patience=5.0).turn():
        page.locator("#question").fill(WHERE_ARE_THE_KEYS)
        page.locator("#question").press("Enter")
        page.get_by_text("Le processeur graphique est occupé : place 1").wait_for()
        assert page.locator(".answer.draft").count() == 0
    page.locator(".exchange").first.locator(".made").wait_for()
    assert "Rédigé par un modèle de langage" in page.locator(".exchange").first.inner_text()
    gpu.close()


def test_stop_ends_it_where_it_is_and_a_reload_shows_it_so(contract, model):
    model.script, model.pause = words("Un double des clés est conservé. ", times=2_000), 0.05
    page = contract.page
    page.locator("#question").fill(WHERE_ARE_THE_KEYS)
    page.locator("#question").press("Enter")
    page.get_by_role("button", name="Arrêter").click()
    card = page.locator(".exchange").first
    card.get_by_text("Arrêté ici, à votre demande.").wait_for()
    assert model.freed_within(1)
    page.reload()
    page.locator(".exchange").get_by_text("Arrêté ici, à votre demande.").wait_for()


def test_leaving_the_page_frees_the_model(contract, model):
    model.script, model.pause = words("Un double des clés est conservé. ", times=2_000), 0.05
    page = contract.page
    page.locator("#question").fill(WHERE_ARE_THE_KEYS)
    page.locator("#question").press("Enter")
    page.locator(".answer.draft").wait_for()
    page.goto("about:blank")
    assert model.freed_within(2)
