"""`./run models`, on a hub of the loopback interface."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import cli, model_files
from engines.models.tests.hub import CONTENT, Hub, running_hub


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with running_hub() as running:
        yield running


@pytest.fixture
def run(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """The command with a catalogue of one model; returns its exit code and what it printed."""
    monkeypatch.setattr(model_files, "catalogue", lambda: (hub.model(sha256=""),))

    def command(*arguments: str) -> tuple[int, str]:
        code = cli.main(["models", *arguments, "--data", str(tmp_path / "data")])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return command


def test_a_model_that_is_not_in_the_catalogue_is_refused_with_those_that_are(run) -> None:
    for names in ([], ["gpt-5"]):
        code, said = run("fetch", *names)
        assert code == 1
        assert "there are tiny" in said


def test_a_source_that_refuses_is_one_line_and_leaves_nothing(run, hub: Hub, tmp_path: Path) -> None:
    hub.statuses = [404]
    code, said = run("fetch", "tiny", "--mirror", hub.url)
    assert code == 1
    assert said.splitlines()[-1] == "run: tiny: onnx/model.onnx: the source answered 404"
    assert not list((tmp_path / "data" / "models" / "tiny").rglob("*.part"))


def test_an_altered_file_fails_the_verification(run, hub: Hub, tmp_path: Path) -> None:
    assert run("fetch", "tiny", "--mirror", hub.url)[0] == 0
    (tmp_path / "data" / "models" / "tiny" / "onnx" / "model.onnx").write_bytes(CONTENT[1:] + b"!")
    code, said = run("verify")
    assert code == 1
    assert "altered" in said


def test_a_model_is_fetched_said_to_be_trusted_for_the_first_time_listed_and_verified(run, hub: Hub) -> None:
    assert run("verify")[0] == 0
    assert " - " in run("list")[1]
    code, said = run("fetch", "tiny", "--mirror", hub.url)
    assert code == 0
    assert "MIT" in said
    assert "100 %" in said
    assert "nobody vouched" in said
    assert " here " in run("list")[1]
    code, said = run("verify", "tiny")
    assert (code, said.split()[:2]) == (0, ["first", "use"])


def test_what_this_machine_can_run_is_said(run) -> None:
    code, said = run("recommend")
    assert code == 0
    assert "GB of memory" in said
