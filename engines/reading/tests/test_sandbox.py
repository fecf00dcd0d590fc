"""The child process: what kills it never touches the caller, and always has a name."""

import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from engines.reading import Limits, sandbox
from engines.reading.errors import (
    EmptyFile,
    FileCorrupt,
    FileUnreadable,
    PageTooLarge,
    PasswordProtected,
    ReaderUnavailable,
    ReadingError,
    ReadLimit,
    ReadTimeout,
    TooManyPages,
    TypeMismatch,
)
from engines.reading.pdf import PdfReader
from engines.reading.plain import TextReader
from engines.reading.sniff import KINDS, Kind
from engines.reading.tests import misbehaving, pdfs, processes

TIGHT = Limits(memory_bytes=600_000_000, cpu_seconds=2, wall_seconds=5.0)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _no_child_outlives_its_call() -> Iterator[None]:
    before = processes.children()
    yield
    assert processes.children() <= before


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    return pdfs.drawn(
        tmp_path / "letter.pdf", pdfs.text_at((72, 700, "Bonjour"), (72, 680, "Été à l'œuvre")), title="Lettre"
    )


@pytest.fixture
def misbehave(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file whose reader does what the file says; only the table of kinds differs from production."""
    kind = Kind("test", "text/plain", frozenset({".bad"}), f"{misbehaving.__name__}:Misbehaving", lambda head: True)
    monkeypatch.setattr("engines.reading.sniff.KINDS", (*KINDS, kind))
    return tmp_path / "file.bad"


def read_bad(path: Path, behaviour: str, limits: Limits = TIGHT) -> object:
    path.write_text(behaviour)
    return sandbox.read(path, "file.bad", limits=limits)


# Bombs


@pytest.mark.parametrize("make", pdfs.BOMBS.values(), ids=pdfs.BOMBS.keys())
def test_a_bomb_ends_as_a_typed_error_or_a_harmless_reading_and_leaves_the_parent_as_it_was(
    make: Callable[[], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "bomb.pdf"
    path.write_bytes(make())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.monotonic()
    for attempt in (
        lambda: sandbox.read(path, "bomb.pdf", limits=TIGHT),
        lambda: sandbox.render(path, page=1, width=800, limits=TIGHT),
    ):
        with suppress(FileCorrupt, ReadLimit, ReadTimeout):
            attempt()
    assert time.monotonic() - start < 12
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000, "kilobytes"


@pytest.mark.parametrize("make", [pdfs.flate_bomb, pdfs.text_bomb, pdfs.form_laughs])
def test_the_bombs_that_explode_are_stopped_by_a_limit(make: Callable[[], bytes], tmp_path: Path) -> None:
    path = tmp_path / "bomb.pdf"
    path.write_bytes(make())
    assert path.stat().st_size < 10_000
    with pytest.raises((ReadLimit, ReadTimeout)) as caught:
        sandbox.read(path, "bomb.pdf", limits=TIGHT)
    assert caught.value.permanent


@pytest.mark.parametrize("seed", range(10))
def test_a_file_with_random_bytes_in_it_is_read_or_refused_and_nothing_else(letter: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(letter.read_bytes())
    for _ in range(len(content) // 50):
        content[chance.randrange(9, len(content))] = chance.randrange(256)
    letter.write_bytes(content)
    with suppress(FileCorrupt, PasswordProtected, ReadLimit, ReadTimeout):
        assert sandbox.read(letter, "letter.pdf", limits=TIGHT).mime == "application/pdf"


def test_a_page_taller_than_any_screen_is_refused_and_a_file_of_pages_without_end_too(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdfs.one_page(media_box="0 0 1 14400"))
    with pytest.raises(PageTooLarge):
        sandbox.render(path, page=1, width=2000)
    path.write_bytes(pdfs.many_pages(20_000))
    with pytest.raises(TooManyPages):
        sandbox.read(path, "a.pdf")


# A child that misbehaves


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        ("eat memory", ReadLimit),
        ("burn cpu", ReadTimeout),
        ("segfault", FileCorrupt),
        ("abort", ReadLimit),
        ("raise", FileCorrupt),
        ("open many files", FileCorrupt),
        ("answer nonsense", FileCorrupt),
        ("answer an endless line", ReadLimit),
        ("end before the end", ReaderUnavailable),
        ("be killed", ReaderUnavailable),
    ],
)
def test_however_the_child_dies_it_has_a_name(misbehave: Path, behaviour: str, kind: type[ReadingError]) -> None:
    with pytest.raises(kind):
        read_bad(misbehave, behaviour)


@pytest.mark.parametrize("wall_seconds", [1.0, 4.0])
def test_a_child_that_sleeps_is_killed_on_time_with_all_it_started(misbehave: Path, wall_seconds: float) -> None:
    """What it starts is told this very file, so that no other process is taken for it. On a busy machine one second
    may end before it could start anything; four, hardly."""
    start = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(
            read_bad, misbehave, "start a process and sleep", replace(TIGHT, wall_seconds=wall_seconds)
        )
        started: set[int] = set()
        while not reading.done():
            started |= processes.told(str(misbehave))
            time.sleep(0.02)
    assert isinstance(reading.exception(), ReadTimeout)
    assert wall_seconds <= time.monotonic() - start < 30, "half of what the child would sleep"
    assert not _alive_soon(started | processes.told(str(misbehave)))


def test_whoever_watches_a_long_reading_may_end_it(misbehave: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Enough(Exception):
        pass

    priorities: list[int] = []

    def watch() -> None:
        (child,) = _children_of(os.getpid())
        priorities.append(os.getpriority(os.PRIO_PROCESS, child))
        if len(priorities) == 3:
            raise Enough

    monkeypatch.setattr(sandbox, "WATCH_SECONDS", 0.1)
    with pytest.raises(Enough):
        sandbox.read(_written(misbehave, "sleep"), "file.bad", limits=TIGHT, watch=watch)
    assert priorities == [19, 19, 19]


def test_a_file_the_child_tries_to_write_stays_empty(misbehave: Path) -> None:
    with pytest.raises(FileCorrupt):
        read_bad(misbehave, "write a file")
    assert misbehave.with_suffix(".written").read_bytes() == b""


def test_a_child_that_talks_without_end_is_cut_off(misbehave: Path) -> None:
    with pytest.raises((ReadLimit, FileCorrupt)):
        read_bad(misbehave, "talk without end", replace(TIGHT, max_answer_bytes=5_000_000))


def test_what_native_code_prints_does_not_reach_the_answer(misbehave: Path) -> None:
    reading = read_bad(misbehave, "print to the standard output")
    assert reading == TextReader().read(misbehave, Limits())


def test_the_child_sees_nothing_of_our_environment(misbehave: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "s3cret")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    reading = sandbox.read(_written(misbehave, "environment"), "file.bad", limits=TIGHT)
    assert reading.title == "LC_ALL"


def test_the_child_loads_neither_django_nor_numpy(letter: Path, misbehave: Path) -> None:
    title = sandbox.read(_written(misbehave, "modules"), "file.bad", limits=TIGHT).title
    assert title == "none of them"


def test_a_killed_worker_takes_its_reader_with_it(misbehave: Path) -> None:
    _written(misbehave, "sleep")
    program = (
        "import sys; from pathlib import Path; from engines.reading import sandbox, sniff;"
        "kind = sniff.Kind('test', 'text/plain', frozenset({'.bad'}), sys.argv[2], lambda head: True);"
        "sniff.KINDS = (kind,);"
        "sandbox.read(Path(sys.argv[1]), 'file.bad')"
    )
    command = [sys.executable, "-c", program, str(misbehave), f"{misbehaving.__name__}:Misbehaving"]
    worker = subprocess.Popen(command, cwd=ROOT)
    readers = _children_of(worker.pid)
    worker.kill()
    worker.wait()
    assert not _alive_soon(readers)


def _alive_soon(pids: set[int]) -> set[int]:
    """Those that live on: a process that was killed takes a moment to go."""
    deadline = time.monotonic() + 10
    while (left := set(filter(processes.is_alive, pids))) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _children_of(pid: int) -> set[int]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if readers := processes.children(pid):
            time.sleep(0.3)  # past its start, into its sleep
            return readers
        time.sleep(0.02)
    raise AssertionError("the worker started no reader")


def _written(path: Path, behaviour: str) -> Path:
    path.write_text(behaviour)
    return path


# Refused, read, drawn


def test_a_file_is_refused_before_any_process_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    path = tmp_path / "a"
    for content, name, kind in ((b"", "a.pdf", EmptyFile), (b"PK\x03\x04", "a.pdf", TypeMismatch)):
        path.write_bytes(content)
        with pytest.raises(kind):
            sandbox.read(path, name)
    with pytest.raises(FileUnreadable) as caught:
        sandbox.read(tmp_path / "none", "a.pdf")
    assert not caught.value.permanent


def test_errors_of_the_reader_cross_the_border_with_their_type(tmp_path: Path, letter: Path) -> None:
    import pikepdf

    locked = tmp_path / "locked.pdf"
    with pikepdf.open(letter) as document:
        document.save(locked, encryption=pikepdf.Encryption(user="secret", owner="owner"))
    with pytest.raises(PasswordProtected):
        sandbox.read(locked, "locked.pdf")
    (tmp_path / "cut.pdf").write_bytes(letter.read_bytes()[:300])
    with pytest.raises(FileCorrupt):
        sandbox.read(tmp_path / "cut.pdf", "cut.pdf")


def test_a_machine_that_cannot_start_a_process_is_worth_another_try(
    letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ReaderUnavailable) as caught:
        sandbox.read(letter, "letter.pdf")
    assert not caught.value.permanent


def test_the_sandbox_reads_exactly_what_the_reader_reads(letter: Path) -> None:
    assert sandbox.read(letter, "letter.pdf") == PdfReader().read(letter, Limits())


def test_a_text_larger_than_any_pipe_comes_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("".join(f"Ligne {number} : été\n" for number in range(150_000)))
    reading = sandbox.read(path, "long.txt")
    assert "".join(page.text for page in reading.pages) == path.read_text()


def test_a_name_full_of_traps_is_only_a_name(letter: Path) -> None:
    assert sandbox.read(letter, "../../etc/\x00pass\nwd;rm -rf.PDF").title == "Lettre"


def test_many_threads_read_at_once(letter: Path) -> None:
    titles: list[str] = []
    threads = [threading.Thread(target=lambda: titles.append(sandbox.read(letter, "a.pdf").title)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert titles == ["Lettre"] * 6


def test_a_page_is_drawn_in_the_child(letter: Path) -> None:
    picture = sandbox.render(letter, page=1, width=640)
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == 640


def _open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_no_descriptor_and_no_process_is_left_behind(letter: Path) -> None:
    before = _open_descriptors()
    for _ in range(5):
        sandbox.read(letter, "a.pdf")
    assert _open_descriptors() == before
    assert signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL
