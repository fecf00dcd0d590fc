"""A browser on a really running installation. Skipped, saying why, where one of the two cannot be had."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import documents, people
from tests.e2e.api import conversation, indexed
from tests.e2e.app import Reader, built_application
from tests.e2e.installation import Installation, chromium, missing_services, running_installation
from tests.e2e.visitor import EMAIL, PASSWORD, Visitor

FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (requirements/dev.lock)"
    )
    program = chromium()
    if program is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=program, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def installation(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    if missing := missing_services():
        pytest.skip(f"needs the services of ./run test; not set: {missing}")
    with running_installation(tmp_path_factory.mktemp("e2e")) as running:
        yield running


@pytest.fixture(scope="module")
def first_link(installation: Installation) -> str:
    return installation.url + installation.manage("first_run_link").strip()


@pytest.fixture
def visit(browser: Any, installation: Installation) -> Iterator[Callable[..., Visitor]]:
    """``visit(locale=…, width=…)``: a fresh visitor, who in the end has met no script error and asked no other host."""
    visitors: list[Visitor] = []

    def arrive(*, locale: str = "fr-FR", width: int = 1280, **more: Any) -> Visitor:
        context = browser.new_context(locale=locale, viewport={"width": width, "height": 844}, **more)
        visitors.append(Visitor(context, installation.url))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.context.close()
        assert visitor.complaints == []


@pytest.fixture(scope="module")
def administrator(browser: Any, installation: Installation, first_link: str) -> None:
    """Made through the page of the one-time link, once."""
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    page.goto(first_link)
    page.get_by_label("Nom de l’organisation").fill("Conciergerie du Parc")
    page.get_by_label("de la conciergerie").check()
    page.get_by_label("Adresse e-mail").fill(EMAIL)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Créer et se connecter").click()
    page.wait_for_url(f"{installation.url}/")
    context.close()


@pytest.fixture
def alice(visit: Callable[..., Visitor], administrator: None) -> Visitor:
    """Signed in at a desk, in French."""
    visitor = visit()
    visitor.sign_in()
    return visitor


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    makers = (documents.contract, documents.house_rules, documents.parking, documents.damaged, documents.program)
    return {make.__name__: make(folder) for make in makers}


@pytest.fixture(scope="session")
def pages() -> Path:
    """The built application."""
    folder, problem = built_application()
    if folder is None:
        pytest.skip(f"the pages of frontend/ cannot be built here: {problem}")
    return folder


@pytest.fixture(scope="module")
def application(browser: Any, pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation that serves the application."""
    if missing := missing_services():
        pytest.skip(f"needs the services of ./run test; not set: {missing}")
    with running_installation(tmp_path_factory.mktemp("app"), FRONTEND_DIR=str(pages)) as running:
        yield running


@pytest.fixture
def read(browser: Any, application: Installation) -> Iterator[Callable[..., Reader]]:
    """As `visit`, of the application."""
    readers: list[Reader] = []

    def arrive(*, locale: str = "fr-FR", width: int = 1280, **more: Any) -> Reader:
        context = browser.new_context(locale=locale, viewport={"width": width, "height": 844}, **more)
        readers.append(Reader(context, application.url))
        return readers[-1]

    yield arrive
    for reader in readers:
        reader.context.close()
        assert reader.complaints == []


@pytest.fixture(scope="module")
def application_administrator(application: Installation) -> None:
    """Alice, in the organization « Conciergerie du Parc », where nobody is yet."""
    if not application.manage("first_run_link").strip():
        return
    words = ("create_owner", "--email", EMAIL, "--organization", "Conciergerie du Parc", "--password-stdin")
    application.manage(*words, stdin=PASSWORD)


@pytest.fixture(scope="module")
def world(
    application: Installation, application_administrator: None, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """An example of each thing that the address of a page names: ``/documents/:document``."""
    contract = documents.contract(tmp_path_factory.mktemp("world"))
    asked = people.proposal(application, EMAIL, "Combien de documents par statut ?")
    return {
        **{"ident": "who", "token": "what"},
        **{"document": indexed(application.url, contract), "proposal": asked["id"]},
        **{"prompt": "chat", "llm_job": people.call(application, "GET", "/llm-jobs/").json()["results"][0]["id"]},
        "conversation": conversation(application.url, "Où est conservé le double des clés ?"),
    }
