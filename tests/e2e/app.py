"""Somebody in front of the application of frontend/, and what can be measured of a page of it."""

import json
import re
from pathlib import Path
from typing import Any

from embedded import frontend
from tests.e2e.installation import ROOT
from tests.e2e.visitor import EMAIL, PASSWORD, Visitor

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FEATURES = ROOT / "frontend" / "src" / "features"
SETTLED = "document.querySelectorAll('[aria-busy=true]').length === 0"
SETTLING = 200  # tenths of a second
STILL = (
    "document.getAnimations().every(each => each.playState !== 'running' "
    "|| !isFinite(each.effect.getTiming().iterations))"
)


class Reader(Visitor):
    """A visitor of the application: its pages, its theme, its sentences."""

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        self.page.goto(f"{self.url}/login/")
        self.page.locator("input[type=email]").fill(email)
        self.page.locator("input[autocomplete=current-password]").fill(password)
        self.page.locator("form [type=submit]").click()
        self.page.wait_for_url(f"{self.url}/")
        self.settled()

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)
        self.settled()

    def settled(self) -> None:
        """The page is drawn and no part of it still loads."""
        self.page.locator("main h1, main h2, main").first.wait_for()
        self.page.wait_for_load_state("networkidle")
        # Not `wait_for_function`, which our policy forbids to evaluate a text again and again.
        for _ in range(SETTLING):
            if self.page.evaluate(f"{SETTLED} && {STILL}"):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{self.page.url} does not come to rest")

    def barriers(self) -> list[str]:
        """What axe finds against WCAG 2.2 AA, one line for each element."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
        return [
            f"{violation['id']}: {' '.join(map(str, node['target']))} {node['failureSummary'][:300]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]


def routes() -> list[str]:
    """The path of every route, as the features declare them."""
    declared = "".join(path.read_text(encoding="utf-8") for path in sorted(FEATURES.glob("*/feature.ts")))
    return re.findall(r"\bpath: '([^']+)'", declared)


def filled(route: str, world: dict[str, str]) -> str:
    """``/documents/:document`` with the id of the world's document. Raises KeyError for a thing the world has not."""
    return re.sub(r":(\w+)", lambda found: world[found[1]], route)


def initial_files(folder: Path) -> list[Path]:
    """What a browser loads before anything is drawn: the entry, what it imports, their styles."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    entry = next(name for name, part in manifest.items() if part.get("isEntry"))
    seen: set[str] = set()

    def take(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for more in manifest[name].get("imports", []):
            take(more)

    take(entry)
    names = {manifest[name]["file"] for name in seen} | {css for name in seen for css in manifest[name].get("css", [])}
    return sorted(folder / "public" / name for name in names)


def built_application() -> tuple[Path | None, str]:
    """The folder of the built pages, or why there is none."""
    said: list[str] = []
    try:
        folder = frontend.build(said.append)
        frontend.install(frontend.find_node(folder.parent, said.append), said.append, tools=True)
    except frontend.NotBuilt as error:
        return None, str(error)
    return folder, ""
