"""An answer as a stream of events: prepared by `open_question`, produced here, kept by `close_question`.

Events: `sources` first; `waiting` while the model waits for the GPU; `delta` with text, to append or to put instead of
all before; at the end `final`, the whole checked answer, or `error`, a problem. Deltas are cleaned as they come; only
`final` is checked sentence by sentence.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from django.db import DatabaseError, connection

from engines.errors import EngineError
from engines.llm import Completion, LanguageModel
from engines.llm.errors import AnswerTooLarge, StreamCut
from engines.text.cleaning import Cleaner
from passepartout.kernel.errors import AppError, Unavailable
from passepartout.kernel.scope import engine_call
from passepartout.llm.gateway import LONGEST_ANSWER, Outcome, failed
from passepartout.tenancy.callers import Caller

from .answering import MODEL
from .citations import source_of
from .live import Live, register, unregister
from .prompting import Asked
from .services import Exchange, Opened, close_question, keep_so_far

logger = logging.getLogger("passepartout.assistant")
HEARTBEAT_SECONDS = 10.0
KEEP_SECONDS = 5.0  # what is shown is kept this often, for the case that this server dies
CANCEL_AGAIN_SECONDS = 0.2
# The last write must not wait for, nor end with, the request's own thread: the reader may be gone.
_keeping = ThreadPoolExecutor(4, thread_name_prefix="answers")
_running: set[asyncio.Task[None]] = set()
_Kept = TypeVar("_Kept")
Event = tuple[str, Any]
PING: Event = ("ping", None)


@dataclass(frozen=True)
class Asking:
    """A question whose answer streams; made in the request's thread, whose scope and request id it keeps."""

    caller: Caller
    opened: Opened
    live: Live
    context: Context = field(default_factory=copy_context)


def asking(caller: Caller, opened: Opened) -> Asking:
    """Gives the request's database connection back: it would be held for as long as the answer streams."""
    if not connection.in_atomic_block:
        connection.close()
    return Asking(caller, opened, Live(opened.message))


async def events(asking: Asking) -> AsyncGenerator[Event, None]:
    """The events, with a `ping` in each long silence. Leaving early stops the model and keeps what was said."""
    live, opened = asking.live, asking.opened
    live.begin()
    register(live)
    # In the scope of who asked: the plan paces the model by it. A copy, for what keeps the answer enters the other.
    task = asyncio.create_task(_produce(asking), context=asking.context.copy())
    _running.add(task)
    task.add_done_callback(_over)
    try:
        yield (
            "sources",
            {
                "message": str(opened.message),
                "conversation": str(opened.conversation),
                "language": opened.plan.language,
                "engines": list(opened.plan.retrieval.engines),
                "sources": [source_of(item) for item in opened.plan.retrieval.found],
            },
        )
        while not live.over or live.changed.is_set():
            if not await live.news(HEARTBEAT_SECONDS):
                yield PING
                continue
            for event in live.take():
                yield event
    finally:
        live.stopped.set()


def _over(task: asyncio.Task[None]) -> None:
    _running.discard(task)
    if not task.cancelled() and task.exception() is not None:
        logger.error("an answer was lost", exc_info=task.exception())


async def _produce(asking: Asking) -> None:
    live, plan = asking.live, asking.opened.plan
    try:
        outcome = None
        if plan.model is not None and plan.asked is not None:
            outcome = await _until_stopped(asking, plan.model, plan.asked)
        exchange = await _kept(asking, outcome)
        if exchange.engine != MODEL:
            live.say(exchange.answer, replace=True)
        live.end("final", exchange)
    except (AppError, DatabaseError) as error:
        logger.exception("an answer could not be kept")
        live.end("error", error if isinstance(error, AppError) else Unavailable("The answer could not be kept."))
    finally:
        unregister(live)
        if not live.over:
            live.end("error", Unavailable("The answer was interrupted."))


async def _kept(asking: Asking, outcome: Outcome | None) -> Exchange:
    work = partial(asking.context.run, close_question, asking.caller, asking.opened, outcome)
    return await asyncio.get_running_loop().run_in_executor(_keeping, _with_own_connection, work)


async def _keep_as_it_grows(asking: Asking, shown: list[str]) -> None:
    """Until it is cancelled. A database that is away loses the answer of a dying server, and nothing else."""
    kept = 0
    while True:
        await asyncio.sleep(KEEP_SECONDS)
        if len(shown) == kept:
            continue
        kept = len(shown)
        work = partial(asking.context.copy().run, keep_so_far, asking.opened, "".join(shown))
        try:
            await asyncio.get_running_loop().run_in_executor(_keeping, _with_own_connection, work)
        except DatabaseError as error:
            logger.warning("an answer on its way is not kept", extra={"error": type(error).__name__})


def _with_own_connection(work: Callable[[], _Kept]) -> _Kept:
    try:
        return work()
    finally:
        connection.close()


async def _until_stopped(asking: Asking, model: LanguageModel, asked: Asked) -> Outcome:
    """What the model wrote. Cancelling its reader frees it at once."""
    started = time.perf_counter()
    pieces: list[str] = []
    shown: list[str] = []
    reader = asyncio.create_task(_read(asking.live, model, asked, pieces, shown))
    stop = asyncio.create_task(asking.live.stopped.wait())
    keeper = asyncio.create_task(_keep_as_it_grows(asking, shown))
    await asyncio.wait({reader, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    keeper.cancel()
    if not reader.done():
        await _ended(reader)
        return Outcome(model=model.name, text="".join(pieces), stopped=True, seconds=time.perf_counter() - started)
    try:
        completion = reader.result()
    except EngineError as error:
        return failed(model, error, started=started, text="".join(pieces))
    return Outcome(
        model=completion.model, text=completion.text, completion=completion, seconds=completion.latency,
        first_token=completion.first_token,
    )  # fmt: skip


async def _ended(reader: asyncio.Task[Completion]) -> None:
    """A cancellation may be lost in a library between two words: it is said again until it is heard."""
    while not reader.done():
        reader.cancel()
        await asyncio.wait({reader}, timeout=CANCEL_AGAIN_SECONDS)
    with suppress(asyncio.CancelledError, EngineError):
        reader.result()


async def _read(live: Live, model: LanguageModel, asked: Asked, pieces: list[str], shown: list[str]) -> Completion:
    """``pieces`` is what the model wrote, ``shown`` what may be shown of it; both grow as it comes."""
    cleaner = Cleaner(asked.labels)
    length = 0
    with engine_call():
        async with aclosing(model.stream(asked.request.messages, asked.request.prompt.sampling)) as deltas:
            async for delta in deltas:
                length += len(delta.text)
                if length > LONGEST_ANSWER:
                    raise AnswerTooLarge("longer than any answer")
                if delta.place is not None:
                    live.wait_at(delta.place)
                    continue
                pieces.append(delta.text)
                shown.append(cleaner.feed(delta.text))
                live.say(shown[-1])
                if delta.completion is not None:
                    live.say(cleaner.close())
                    return delta.completion
    raise StreamCut("no end")
