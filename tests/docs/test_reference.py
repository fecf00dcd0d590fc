"""The reference names every setting and error code; links in the docs lead somewhere."""

import re
from dataclasses import fields
from pathlib import Path

from passepartout.billing.plans import ENTERPRISE, FREE, PLANS, PRO
from passepartout.kernel import events

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
EVENTS = (ROOT / "docs/reference/events.md").read_text(encoding="utf-8")
ERRORS = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")


def sources(*folders: str) -> str:
    files = (path for folder in folders for path in (ROOT / folder).rglob("*.py") if "tests" not in path.parts)
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_every_setting_is_documented():
    read = set(re.findall(r'env\.(?:text|number|decimal|flag|words)\("([A-Z_]+)"', sources("passepartout/config")))
    read |= set(re.findall(r'"((?:INFERENCE|MODELS|LLM|GPU)_[A-Z_]+)"', sources("inference")))
    assert read, "the pattern finds settings"
    assert {name for name in read if f"`{name}`" not in SETTINGS} == set()


def test_every_documented_setting_exists():
    named = set(re.findall(r"`([A-Z]{2,}_[A-Z_]+)`", SETTINGS)) - {"NAME_FILE"}
    code = sources("passepartout/config", "inference")
    assert {name for name in named if f'"{name}"' not in code} == set()


def test_every_error_code_is_documented():
    codes = set(re.findall(r'\bcode(?:: str| ?: ClassVar\[str\])? ?= ?"([a-z_]+)"', sources("passepartout", "engines")))
    assert "file_corrupt" in codes
    assert {code for code in codes if f"`{code}`" not in ERRORS} == set()


def test_every_event_is_documented_with_its_fields_and_every_documented_event_exists():
    rows = {
        kind: set(re.findall(r"`(\w+)`", cells))
        for kind, cells in re.findall(r"\| `([a-z_]+\.[a-z_]+)` \| ([^|]*) \|", EVENTS)
    }
    declared = {
        kind: {field.name for field in fields(shape)} - {"subject", "audience"} for kind, shape in events.KINDS.items()
    }
    assert rows == declared


def test_the_guide_tells_the_limits_of_every_plan_as_they_are():
    guide = (ROOT / "docs/guide/README.md").read_text(encoding="utf-8")
    told = {
        name: [cell.strip().replace(",", "") for cell in cells.split("|")]
        for name, cells in re.findall(r"^\| `(\w+)` \|((?: [\d,]+ \|){3})$", guide, re.MULTILINE)
    }
    in_order = [PLANS[name] for name in (FREE, PRO, ENTERPRISE)]
    assert {name: cells[:3] for name, cells in told.items()} == {
        name: [str(plan.limits[name]) for plan in in_order] for name in in_order[0].limits
    }
    for words, paces in (
        ("calls of the language model a minute", [plan.calls_per_minute for plan in in_order]),
        ("calls at once", [plan.calls_at_once for plan in in_order]),
    ):
        assert f"| {words} | {' | '.join(str(pace or '–') for pace in paces)} |" in guide


def test_only_the_settings_files_read_the_environment():
    allowed = {
        "passepartout/config/environment.py",
        "passepartout/config/asgi.py",
        "passepartout/config/celery.py",
        "inference/common/settings.py",
    }
    found = {
        str(path.relative_to(ROOT))
        for folder in ("passepartout", "engines", "inference")
        for path in (ROOT / folder).rglob("*.py")
        if "tests" not in path.parts and re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))
    }
    assert found <= allowed


def test_links_in_the_docs_lead_somewhere():
    broken = []
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)} -> {target}")
    assert broken == []
