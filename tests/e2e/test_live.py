"""The page is told by a socket how its uploads get on, and asks for itself where it cannot be."""

import json

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.live, pytest.mark.usefixtures("browser", "administrator")]
TICKETS = "**/api/v1/realtime/tickets/"


def note(folder, name, lines=400):
    path = folder / f"{name}.md"
    path.write_text("\n\n".join(f"{name}, article {n} : le portail s'ouvre avec le badge {n}." for n in range(lines)))
    return path


def test_an_upload_is_followed_by_the_socket_and_hardly_asked_for(visit, tmp_path):
    visitor = visit()
    told, asked = [], []
    visitor.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda frame: told.append(json.loads(frame)))
    )
    visitor.page.on("request", lambda request: asked.append(request.url) if "/status/" in request.url else None)
    visitor.sign_in()
    visitor.page.locator("html[data-live]").wait_for()
    visitor.upload(note(tmp_path, "Consigne du portail"))
    visitor.ready("Consigne du portail")
    assert told[0]["type"] == "ready"
    kinds = [message["type"] for message in told]
    assert "document.indexed" in kinds
    assert "job.progress" in kinds
    assert not any("portail" in json.dumps(message) for message in told)
    assert len(asked) <= 6, asked


def test_without_a_socket_the_page_asks_for_itself(visit, tmp_path):
    visitor = visit()
    away = {"code": "unavailable", "detail": "x", "request_id": "abc12345"}
    visitor.page.route(TICKETS, lambda route: route.fulfill(status=503, json=away))
    visitor.sign_in()
    visitor.upload(note(tmp_path, "Consigne du garage", lines=20))
    visitor.ready("Consigne du garage")
    assert visitor.page.locator("html[data-live]").count() == 0


def test_signing_out_in_one_tab_leads_the_others_to_the_door(alice):
    other = alice.open()
    other.goto(alice.url)
    for page in (alice.page, other):
        page.locator("html[data-live]").wait_for()
    alice.page.get_by_role("button", name="Se déconnecter").click()
    other.wait_for_url("**/login/?next=*", timeout=20_000)
