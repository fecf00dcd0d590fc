import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from embedded import cli
from embedded.children import ROOT
from embedded.errors import ProgramFailed
from embedded.journal import Console
from embedded.layout import Layout
from embedded.ownership import holder, recorded_children, start_ticks
from embedded.programs import Program
from embedded.supervisor import Backoff, Supervisor
from embedded.tests.small_installation import POLITE, program


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout.at(tmp_path / "data").create()


def supervised(layout: Layout, *programs: Program, seconds: float = 0.0, backoff: Backoff | None = None) -> str:
    """Start the programs, let them live, stop them; returns what the console showed."""
    shown = io.StringIO()

    async def live() -> None:
        supervisor = Supervisor(layout.run, layout.logs, Console(shown), backoff=backoff)
        try:
            await supervisor.start(programs)
            await asyncio.sleep(seconds)
        finally:
            await supervisor.stop()

    asyncio.run(live())
    return shown.getvalue()


@contextmanager
def small_installation(layout: Layout) -> Iterator["subprocess.Popen[str]"]:
    """Started and ready; killed in the end when the test did not stop it."""
    command = [sys.executable, "-m", "embedded.tests.small_installation", str(layout.root)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as installation:
        assert installation.stdout is not None
        assert any(line.startswith("Ready") for line in installation.stdout)
        try:
            yield installation
        finally:
            installation.kill()


def alive_in(layout: Layout) -> list[int]:
    """Every process that carries this data directory in its environment, grandchildren included."""
    marker = f"PASSEPARTOUT_DATA={layout.root}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if marker in environment.split(b"\0") and start_ticks(int(process.name)):
            found.append(int(process.name))
    return found


def test_a_program_that_never_becomes_ready_fails_the_start_with_its_last_words(layout: Layout) -> None:
    dying = program("dying", "import sys; sys.exit('no such model')", layout, ready=lambda: False)
    with pytest.raises(ProgramFailed, match=r"dying kept ending; see .*dying.log: .*no such model"):
        supervised(layout, dying, backoff=Backoff(first=0.01, tries_before_ready=3))


def test_a_program_that_lives_but_does_not_answer_fails_the_start(layout: Layout) -> None:
    mute = program("mute", POLITE, layout, ready=lambda: False, ready_seconds=0.5)
    with pytest.raises(ProgramFailed, match="mute did not answer in 0 s"):
        supervised(layout, mute)
    assert alive_in(layout) == []


def test_a_program_that_dies_is_started_again_after_growing_waits(layout: Layout) -> None:
    starts = layout.root / "starts"
    source = f"import sys, time; open({str(starts)!r}, 'a').write(f'{{time.time()}}\\n'); sys.exit(3)"
    backoff = Backoff(first=0.2, longest=30)
    shown = supervised(layout, program("restless", source, layout), seconds=2.5, backoff=backoff)
    times = [float(line) for line in starts.read_text().split()]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert len(waits) >= 2
    assert waits[0] >= 0.2
    assert waits[1] >= 0.4
    assert "restless  | ended (exit code 3), starting again in 0.2 s" in shown
    assert "starting again in 0.4 s" in shown


def test_what_all_others_wait_for_is_never_left_longer_than_it_says(layout: Layout) -> None:
    shown = supervised(
        layout,
        program("database", "raise SystemExit(1)", layout, longest_wait=0.3),
        seconds=4.0,
        backoff=Backoff(first=0.2),
    )
    assert "starting again in 0.3 s" in shown
    assert "starting again in 0.4 s" not in shown


def test_a_program_that_was_ready_for_a_while_is_started_again_as_if_it_had_never_ended(layout: Layout) -> None:
    source = "import sys, time; time.sleep(0.5); sys.exit(3)"
    calm = Backoff(first=0.1, calm=0.2)
    shown = supervised(layout, program("healthy", source, layout), seconds=5.0, backoff=calm)
    assert shown.count("starting again in 0.1 s") >= 2
    assert "starting again in 0.2 s" not in shown


def test_living_for_a_while_without_ever_being_ready_is_no_health(layout: Layout) -> None:
    source = "import sys, time; time.sleep(0.3); sys.exit(3)"
    dying = program("dying", source, layout, ready=lambda: False)
    with pytest.raises(ProgramFailed, match="dying kept ending"):
        supervised(layout, dying, backoff=Backoff(first=0.01, calm=0.1, tries_before_ready=3))


def test_a_waiting_restart_is_given_up_at_once_when_everything_stops(layout: Layout) -> None:
    began = time.monotonic()
    supervised(layout, program("restless", "raise SystemExit(1)", layout), seconds=0.5, backoff=Backoff(first=20))
    assert time.monotonic() - began < 5


def test_a_killed_program_comes_back(layout: Layout) -> None:
    async def live() -> tuple[int, int]:
        supervisor = Supervisor(layout.run, layout.logs, Console(io.StringIO()), backoff=Backoff(first=0.1))
        await supervisor.start([program("polite", POLITE, layout)])
        first = recorded_children(layout.run)[0].pid
        os.kill(first, signal.SIGKILL)
        await asyncio.sleep(1)
        second = recorded_children(layout.run)[0]
        await supervisor.stop()
        assert (second.state, second.restarts) == ("ready", 1)
        return first, second.pid

    first, second = asyncio.run(live())
    assert first != second


def test_output_goes_to_the_log_as_json_and_short_to_the_console(layout: Layout) -> None:
    source = """
import json, time
print("a library's banner", flush=True)
print("WARNING: low on ink", flush=True)
print(json.dumps({"ts": "now", "level": "info", "event": "indexed", "job_id": "j1", "more": {"deep": 1}}), flush=True)
time.sleep(600)
"""
    shown = supervised(layout, program("talker", source, layout), seconds=1.0)
    lines = [json.loads(line) for line in (layout.logs / "talker.log").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["a library's banner", "WARNING: low on ink", "indexed"]
    assert [line["level"] for line in lines] == ["info", "warning", "info"]
    assert shown.splitlines() == ["talker    | WARNING WARNING: low on ink", "talker    | indexed job_id=j1"]


def test_a_line_longer_than_the_limit_does_not_stop_the_log(layout: Layout) -> None:
    source = "import time; print('x' * 3_000_000, flush=True); print('after', flush=True); time.sleep(600)"
    supervised(layout, program("verbose", source, layout), seconds=1.5)
    assert json.loads((layout.logs / "verbose.log").read_text().splitlines()[-1])["event"].endswith("after")


def test_stopping_ends_the_deaf_with_their_children_and_nobody_else(layout: Layout) -> None:
    with subprocess.Popen([sys.executable, "-c", POLITE], stdout=subprocess.DEVNULL) as stranger:
        with small_installation(layout) as installation:
            assert len(alive_in(layout)) == 3
            installation.send_signal(signal.SIGINT)
            assert installation.wait(20) == 0
        assert alive_in(layout) == []
        assert stranger.poll() is None
        stranger.kill()


def test_a_second_start_on_the_same_data_says_who_runs_it(layout: Layout) -> None:
    command = [sys.executable, "-m", "embedded.tests.small_installation", str(layout.root)]
    with small_installation(layout) as installation:
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert f"`run up` at http://127.0.0.1:1, pid {installation.pid}, since 20" in second.stdout
        assert holder(layout.run) is not None
        installation.terminate()
        assert installation.wait(20) == 0
    assert holder(layout.run) is None


def test_a_killed_supervisor_leaves_nothing_that_blocks_the_next_start(layout: Layout) -> None:
    with small_installation(layout) as installation:
        installation.kill()
        installation.wait()
        # The polite child was told by the kernel; the stubborn one and its child are deaf to that.
        deadline = time.monotonic() + 5
        while len(alive_in(layout)) > 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(alive_in(layout)) == 2
    with small_installation(layout) as again:
        assert len(alive_in(layout)) == 3
        again.terminate()
        assert again.wait(20) == 0
    assert alive_in(layout) == []


def test_down_stops_what_runs_and_says_when_nothing_does(layout: Layout, capfd: pytest.CaptureFixture[str]) -> None:
    with small_installation(layout) as installation:
        assert cli.main(["status", "--data", str(layout.root)]) == 0
        assert cli.main(["down", "--data", str(layout.root)]) == 0
        assert installation.wait(5) == 0
    assert cli.main(["down", "--data", str(layout.root)]) == 0
    assert cli.main(["status", "--data", str(layout.root)]) == 3
    shown = capfd.readouterr().out
    assert "polite     ready" in shown
    assert "stopped\nnothing is running\nnot running" in shown


def test_a_killed_supervisor_is_cleaned_up_by_down(layout: Layout, capfd: pytest.CaptureFixture[str]) -> None:
    with small_installation(layout) as installation:
        installation.kill()
        installation.wait()
    assert cli.main(["down", "--data", str(layout.root)]) == 0
    assert "ended leftovers" in capfd.readouterr().out
    assert alive_in(layout) == []
