import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from embedded import cli, virtualenv
from embedded.checks import problems_in_locks
from embedded.children import ROOT
from embedded.imports import unlocked_imports
from embedded.layout import Layout
from embedded.ownership import exclusive


def test_without_a_recent_python_the_script_says_so(tmp_path: Path) -> None:
    (tmp_path / "dirname").symlink_to(shutil.which("dirname") or "/usr/bin/dirname")
    environment = {"PATH": str(tmp_path), "PASSEPARTOUT_VENV": str(tmp_path / "none")}
    outcome = subprocess.run([ROOT / "run", "up"], env=environment, capture_output=True, text=True, check=False)
    assert outcome.returncode != 0
    assert "no Python >= 3.11" in outcome.stderr
    assert "apt install python3" in outcome.stderr


def test_a_busy_port_that_was_asked_for_is_named_and_nothing_is_started(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        assert cli.main(["up", "--data", str(tmp_path / "data"), "--port", str(port)]) == 1
    assert f"port {port} is in use by" in capfd.readouterr().err
    assert not (tmp_path / "data" / "postgres" / "port").exists()


@pytest.mark.parametrize("port", ["0", "-1", "65536", "http"])
def test_what_is_no_port_is_refused_in_one_line(port: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.parse(["up", f"--port={port}"])
    assert f"{port} is no port" in capfd.readouterr().err.splitlines()[-1]


def test_a_second_use_of_the_data_directory_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    layout = Layout.at(tmp_path / "data").create()
    with exclusive(layout.run, "up", "http://127.0.0.1:8000"):
        assert cli.main(["up", "--data", str(layout.root)]) == 1
        assert cli.main(["test", "--data", str(layout.root)]) == 1
    shown = capfd.readouterr().err
    assert shown.count(f"in use: `run up` at http://127.0.0.1:8000, pid {os.getpid()}") == 2


def test_arguments_after_the_command_are_passed_on_untouched(tmp_path: Path) -> None:
    options = cli.parse(["test", "--data", str(tmp_path), "-k", "word", "path"])
    assert (options.data, options.arguments) == (tmp_path, ["-k", "word", "path"])
    assert cli.parse(["audit", "verify", "--data", str(tmp_path)]).arguments == ["verify"]
    assert cli.parse(["services", "--", "sh", "--data", "theirs"]).arguments == ["sh", "--data", "theirs"]
    assert cli.parse(["services", "--", "sh", "-c", "true"]).arguments == ["sh", "-c", "true"]
    assert cli.parse(["manage", f"--data={tmp_path}", "migrate", "--check"]).arguments == ["migrate", "--check"]


def test_a_relative_data_directory_is_the_callers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSEPARTOUT_CALLER_DIR", str(tmp_path))
    assert cli.parse(["status", "--data", "mine"]).data == tmp_path / "mine"
    assert cli.parse(["status"]).data == ROOT / "var"


def test_a_changed_lock_asks_for_a_new_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtualenv, "REQUIREMENTS", tmp_path)
    for name in ("base", "dev", "model"):
        (tmp_path / f"{name}.lock").write_text(f"{name}==1\n")
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to("/bin/true")
    assert not virtualenv.is_current(venv, "base")
    virtualenv.remember(venv, "dev")
    assert virtualenv.is_current(venv, "dev")
    assert virtualenv.is_current(venv, "base")  # dev.lock holds every pin of base.lock
    (tmp_path / "dev.lock").write_text("dev==2\n")
    assert not virtualenv.is_current(venv, "dev")
    (venv / "bin" / "python").unlink()
    virtualenv.remember(venv, "dev")
    assert not virtualenv.is_current(venv, "dev")


def test_the_locks_name_no_address_and_agree_with_each_other() -> None:
    assert problems_in_locks() == ""


def test_an_import_that_only_the_developers_have_is_found(tmp_path: Path) -> None:
    (tmp_path / "product" / "tests").mkdir(parents=True)
    (tmp_path / "product" / "module.py").write_text(
        "import json, pytest\nfrom redis import Redis\nfrom . import other\n"
    )
    (tmp_path / "product" / "tests" / "test_module.py").write_text("import hypothesis\n")
    found = unlocked_imports(tmp_path, ("product",), {"redis"})
    assert found == ["product/module.py: pytest is not in base.lock"]
