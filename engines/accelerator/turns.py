"""Waiting for a turn on the GPU, holding it while work goes on, noticing when it is lost, giving it back."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from engines.accelerator import Accelerator, Claim, GpuBusy, GpuLost, GpuUnavailable, Lease, Place

POLL_SECONDS = 0.2
_BEATS = 4  # in the length of a lease
_SAFE = 0.8  # of a lease: after that long without a renewal its holder stops, before it ends for the others
_LONGEST_ADVICE = 60.0


class Held:
    """A lease in use. Its end is counted from before each renewal was asked for, by this machine's steady clock."""

    def __init__(self, lease: Lease, ends: float) -> None:
        self.lease = lease
        self._ends = ends
        self._refused = False
        self._over = False
        self._lock = threading.Lock()
        self._tell: list[Callable[[], None]] = []

    @property
    def token(self) -> int:
        return self.lease.token

    @property
    def is_lost(self) -> bool:
        return self._refused or time.monotonic() >= self._ends

    def check(self) -> None:
        """Raises GpuLost. To be called before each piece of work."""
        if self.is_lost:
            raise GpuLost("the lease of the GPU ended")

    def when_lost(self, tell: Callable[[], None]) -> None:
        """`tell` is called once, from another thread, as soon as it is lost; at once if it is."""
        with self._lock:
            if not self._over:
                self._tell.append(tell)
                return
        tell()

    def moved_on(self, ends: float) -> None:
        self._ends = ends

    def refused(self) -> None:
        self._refused = True

    def lose(self) -> None:
        with self._lock:
            waiting, self._tell, self._over = self._tell, [], True
        for tell in waiting:
            tell()


class Keeper:
    """Renews what this process holds, from one thread, which lives while something is held."""

    def __init__(self, accelerator: Accelerator) -> None:
        self._accelerator = accelerator
        self._lock = threading.Lock()
        self._held: list[Held] = []
        self._process = 0
        self._change = threading.Event()

    def keep(self, lease: Lease, *, asked: float) -> Held:
        """`asked`: by the steady clock, before the lease was asked for."""
        held = Held(lease, asked + _SAFE * self._accelerator.seconds)
        with self._lock:
            if self._process != os.getpid():  # a fork inherits neither the thread nor what its parent holds
                self._held, self._process = [], os.getpid()
            self._held.append(held)
            if len(self._held) == 1:
                self._change = threading.Event()
                threading.Thread(target=self._beat, args=[self._change], name="gpu-lease", daemon=True).start()
        return held

    def drop(self, held: Held) -> None:
        with self._lock:
            if held in self._held:
                self._held.remove(held)
            if not self._held:
                self._change.set()

    def _beat(self, change: threading.Event) -> None:
        while not change.wait(self._accelerator.seconds * _SAFE / _BEATS):
            with self._lock:
                present = list(self._held)
            # While the store is away they may be used until their end.
            with suppress(GpuUnavailable):
                for held in present:
                    self._renew(held)
            for held in present:
                if held.is_lost:
                    self.drop(held)
                    held.lose()

    def _renew(self, held: Held) -> None:
        """Raises GpuUnavailable."""
        asked = time.monotonic()
        if held.is_lost:
            return
        if self._accelerator.renew(held.lease):
            held.moved_on(asked + _SAFE * self._accelerator.seconds)
        else:
            held.refused()


class Turns:
    """One service's way to the GPU. Thread-safe; also in any number of event loops."""

    def __init__(
        self,
        accelerator: Accelerator,
        service: str,
        *,
        shared: bool = False,
        patience: float,
    ) -> None:
        """`patience`: seconds that a turn is waited for; 0: no place in the queue is taken."""
        self.accelerator = accelerator
        self._service = service
        self._shared = shared
        self._patience = patience
        self._waited: Callable[[float], None] = lambda _: None
        self._keeper = Keeper(accelerator)
        # One thread: a claim that is given up is then never taken after.
        self._calls = ThreadPoolExecutor(1, thread_name_prefix="gpu-calls")

    def tell_waits(self, waited: Callable[[float], None]) -> None:
        """`waited` is told how many seconds each turn was waited for."""
        self._waited = waited

    def impatient(self) -> Turns:
        """The same way for who would rather do without."""
        return Turns(self.accelerator, self._service, shared=self._shared, patience=0.0)

    @contextmanager
    def turn(self, *, label: str = "", owner: str = "") -> Iterator[Held]:
        """Raises GpuBusy after `patience`, or at once when as many wait as may; GpuUnavailable."""
        waiting = _Waiting(self._claim(label, owner), self._patience)
        try:
            while (held := self._asked(waiting)) is None:
                time.sleep(POLL_SECONDS)
            self._waited(waiting.seconds)
            yield held
        finally:
            self._over(waiting)

    async def places(self, *, label: str = "", owner: str = "") -> AsyncGenerator[Place | Held, None]:
        """As `turn`, for an event loop: its place whenever that changes, then the lease, held until this is closed."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(self._claim(label, owner), self._patience)
        position = 0
        try:
            while (held := await loop.run_in_executor(self._calls, self._asked, waiting)) is None:
                if waiting.place is not None and waiting.place.position != position:
                    position = waiting.place.position
                    yield waiting.place
                await asyncio.sleep(POLL_SECONDS)
            self._waited(waiting.seconds)
            yield held
        finally:
            # Not awaited: a cancelled reader does not stay for it, and what it asked for before comes first.
            self._calls.submit(self._over, waiting)

    def _claim(self, label: str, owner: str) -> Claim:
        return Claim(self._service, self._shared, label, owner)

    def _asked(self, waiting: _Waiting) -> Held | None:
        asked = time.monotonic()
        answer = self.accelerator.take(waiting.claim, queue=self._patience > 0)
        if isinstance(answer, Lease):
            waiting.held = self._keeper.keep(answer, asked=asked)
            return waiting.held
        waiting.stands(answer)
        return None

    def _over(self, waiting: _Waiting) -> None:
        if waiting.held is not None:
            self._keeper.drop(waiting.held)
        with suppress(GpuUnavailable):  # it ends by itself
            self.accelerator.release(waiting.claim)


class _Waiting:
    """`held` is kept here too: of a reader that was cancelled while its turn came."""

    def __init__(self, claim: Claim, patience: float) -> None:
        self.claim = claim
        self.held: Held | None = None
        self.place: Place | None = None
        self._patience = patience
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def stands(self, place: Place) -> None:
        """Raises GpuBusy when it has waited for long enough."""
        if self.seconds >= self._patience:
            advice = min(max(place.eta, 1.0), _LONGEST_ADVICE)
            raise GpuBusy(f"the GPU is busy: {place.holder or 'settling'}", retry_after=advice)
        self.place = place
