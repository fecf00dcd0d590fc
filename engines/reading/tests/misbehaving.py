"""A reader that does what the file says. It runs in the real child, under the real limits."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from engines.reading import Limits, Reading
from engines.reading.plain import TextReader

_HEAVY = ("django", "numpy", "PIL", "celery", "pypdfium2")


class Misbehaving:
    def read(self, path: Path, limits: Limits) -> Reading:
        self._path = path
        behaviour = path.read_text().replace(" ", "_")
        title = getattr(self, behaviour)() or ""
        reading = TextReader().read(path, limits)
        return Reading(reading.mime, reading.pages, title, reading.warnings)

    def eat_memory(self) -> None:
        hoard = []
        while True:
            hoard.append(bytearray(10_000_000))

    def burn_cpu(self) -> None:
        while True:
            pass

    def sleep(self) -> None:
        time.sleep(60)

    def segfault(self) -> None:
        ctypes.string_at(0)

    def abort(self) -> None:
        os.abort()

    def be_killed(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def end_before_the_end(self) -> None:
        os._exit(0)

    def write_a_file(self) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        self._path.with_suffix(".written").write_bytes(b"x")

    def open_many_files(self) -> None:
        opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(1000)]
        raise AssertionError(len(opened))

    def answer_nonsense(self) -> None:
        self._say(b'{"page":1,"text":"' + b"a" * 100 + b'"}\n')

    def answer_an_endless_line(self) -> None:
        while True:
            self._say(b"x" * 1_000_000)

    def talk_without_end(self) -> None:
        line = b'{"page":%d,"text":"' + b"a" * 100_000 + b'","width":0,"height":0,"spans":[]}\n'
        for number in range(1, 10**9):
            self._say(line % number)

    def print_to_the_standard_output(self) -> None:
        os.write(1, b'{"error":"file_corrupt","detail":"printed"}\n')
        os.write(2, b"noise\n")

    def start_a_process_and_sleep(self) -> None:
        """Refused to an ordinary user; root may, and then it must be killed too."""
        with suppress(BlockingIOError):
            subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", str(self._path)])
        self.sleep()

    def environment(self) -> str:
        return " ".join(sorted(os.environ))

    def modules(self) -> str:
        return " ".join(name for name in _HEAVY if name in sys.modules) or "none of them"

    def _say(self, content: bytes) -> None:
        """Past our own code, straight into the pipe: the descriptor that leads to the parent."""
        answer = next(fd for fd in range(3, 10) if _is_pipe(fd))
        os.write(answer, content)


def _is_pipe(descriptor: int) -> bool:
    try:
        return str(Path(f"/proc/self/fd/{descriptor}").readlink()).startswith("pipe:")
    except FileNotFoundError:
        return False
