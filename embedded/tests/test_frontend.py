"""Building the pages: when, once, and what happens where it cannot be done."""

from pathlib import Path

import pytest

from embedded import frontend
from embedded.frontend import NotBuilt


@pytest.fixture
def place(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("PASSEPARTOUT_FRONTEND", str(tmp_path / "built"))
    return tmp_path / "built"


@pytest.fixture
def source(monkeypatch, tmp_path) -> Path:
    folder = tmp_path / "frontend"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.ts").write_text("export {}")
    (folder / "package-lock.json").write_text("{}")
    monkeypatch.setattr(frontend, "SOURCE", folder)
    monkeypatch.setattr(frontend, "ROOT", tmp_path)
    monkeypatch.setattr(frontend, "_HERE", tmp_path / "frontend" / "package-lock.json")
    return folder


def test_switched_off_there_are_none_and_nothing_is_tried(monkeypatch):
    monkeypatch.setenv("PASSEPARTOUT_FRONTEND", "off")
    assert frontend.built() is None
    assert frontend.failed_before()
    with pytest.raises(NotBuilt, match="off"):
        frontend.build(print)


@pytest.mark.usefixtures("place")
def test_a_change_of_the_source_is_another_build_a_change_of_its_tests_is_not(source):
    before = frontend.digest()
    (source / "src" / "main.test.ts").write_text("test")
    (source / "node_modules").mkdir()
    (source / "node_modules" / "x.js").write_text("x")
    assert frontend.digest() == before
    (source / "src" / "main.ts").write_text("export default 1")
    assert frontend.digest() != before


@pytest.mark.usefixtures("source")
def test_a_failure_is_one_line_and_not_tried_again_at_each_start(place, monkeypatch):
    def no_node(*_):
        raise NotBuilt("no package index is reachable")

    monkeypatch.setattr(frontend, "find_node", no_node)
    assert not frontend.failed_before()
    with pytest.raises(NotBuilt, match="reachable"):
        frontend.build(print)
    assert frontend.failed_before()
    assert frontend.built() is None
    assert [path.suffix for path in place.iterdir()] == [".failed"]


@pytest.mark.usefixtures("source")
def test_what_was_built_is_used_again_without_node(place, monkeypatch):
    folder = place / frontend.digest()
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("x")
    monkeypatch.setattr(frontend, "find_node", pytest.fail)
    assert frontend.build(print) == folder


def test_a_node_that_is_too_old_is_not_taken(place, monkeypatch, tmp_path):
    for name in ("node", "npm"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho v18.20.0\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(frontend, "_run", lambda command, *_: said.append(command))
    said: list[list[str]] = []
    found = frontend.find_node(place, lambda _: None)
    assert found.program.is_relative_to(place)
    assert "--require-hashes" in said[0]
