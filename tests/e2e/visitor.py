"""Somebody in front of a browser, and what the browser complained of."""

from pathlib import Path
from typing import Any

EMAIL = "alice@example.org"
PASSWORD = "une phrase assez longue"
SOON = 30_000  # milliseconds
REFUSED = "Failed to load resource"  # Chromium's own line for every answer of 400 and more


class Visitor:
    """One browser context with a page. ``complaints`` are console errors, script errors and requests elsewhere."""

    def __init__(self, context: Any, url: str) -> None:
        self.context = context
        self.url = url
        self.complaints: list[str] = []
        context.on("request", self._see)
        self.page = self.open()

    def open(self) -> Any:
        page = self.context.new_page()
        page.set_default_timeout(SOON)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        self.page.goto(f"{self.url}/login/")
        self.page.locator("#email").fill(email)
        self.page.locator("#password").fill(password)
        self.page.locator("form#form [type=submit]").click()
        self.page.wait_for_url(f"{self.url}/")
        self.page.locator("#documents:not([aria-busy])").wait_for()

    def upload(self, *paths: Path) -> None:
        """Until each is taken or refused: a row that was there already is drawn anew when its file is known."""
        self.page.locator("#files").set_input_files([str(path) for path in paths])
        self.page.locator("#uploads .row:not(:has(.row-error))").first.wait_for(state="detached")

    def row(self, title: str) -> Any:
        return self.page.locator("#documents .row").filter(has_text=title)

    def ready(self, title: str) -> None:
        self.page.locator("#documents [data-status=indexed]").filter(has_text=title).wait_for()

    def ask(self, question: str) -> Any:
        """The card of the answer, once it is there."""
        self.page.locator("#question").fill(question)
        self.page.locator("#question").press("Enter")
        card = self.page.locator(".exchange").first.filter(has_text=question)
        card.locator(".made, .unknown, .problem").first.wait_for()
        return card

    def scrolls_sideways(self) -> bool:
        return bool(self.page.locator("html").evaluate("root => root.scrollWidth > root.clientWidth"))

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(REFUSED):
            self.complaints.append(f"{message.type}: {message.text}")

    def _see(self, request: Any) -> None:
        if not request.url.startswith((f"{self.url}/", "blob:", "data:")):
            self.complaints.append(f"asked elsewhere: {request.url}")
