"""Running a job in a worker: claim, scope, heartbeat, and an end for every way it can end."""

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any
from uuid import UUID

from celery import Task, shared_task
from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import InterfaceError, OperationalError, connection

from engines.errors import EngineBusy, EngineError, EngineUnavailable
from passepartout.kernel import logs
from passepartout.kernel.errors import AppError, StorageFull, Unavailable
from passepartout.kernel.scope import scope

from . import services
from .services import Claim, LeaseLost, TurnOver

logger = logging.getLogger("passepartout.jobs")


class JobTask(Task):
    """A task whose message is a job id. Its function gets the claim and the payload of the job whose turn it is."""

    abstract = True

    def __call__(self, job_id: str) -> None:
        claim = services.claim_turn(UUID(job_id))
        if claim is None:
            return
        with Attempt(claim), scope(organization=claim.organization, user=claim.user):
            self.run(claim, **claim.payload)


def job_task(kind: str) -> Callable[[Callable[..., None]], Any]:
    """Declare the task of a kind of job: ``@job_task("documents.index")``."""
    return shared_task(name=kind, base=JobTask)


class Attempt:
    """One attempt. On leaving it the job has succeeded, is queued again, or is a dead letter: never in between."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self._stop = threading.Event()
        self._pulse = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Claim:
        logs.job_id.set(str(self.claim.job))
        logs.organization_id.set(str(self.claim.organization))
        self._pulse.start()
        return self.claim

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        self._stop.set()
        self._pulse.join()
        try:
            return self._end(error)
        finally:
            logger.info("job ended", extra={"kind": self.claim.kind, "error": type(error).__name__ if error else ""})
            logs.job_id.set("")
            logs.organization_id.set("")

    def _end(self, error: BaseException | None) -> bool:
        match error:
            case None:
                services.succeed(self.claim)
            case LeaseLost():
                pass  # the other worker ends it
            case TurnOver():
                services.go_on_later(self.claim)
            case EngineUnavailable() | EngineBusy() | Unavailable() | StorageFull():
                services.wait_for_part(self.claim, code=error.code, detail=str(error))
            case OperationalError() | InterfaceError():
                services.wait_for_part(self.claim, code="database_unavailable", detail=type(error).__name__)
            case EngineError(permanent=False):
                services.retry_later(self.claim, code=error.code, detail=str(error))
            case EngineError() | AppError():
                services.fail(self.claim, code=error.code, detail=str(error))
            case _:
                # A bug: tried again, then a dead letter; the trace goes to Celery's log.
                services.retry_later(self.claim, code="internal_error", detail=type(error).__name__)
                return False
        return True

    def _beat(self) -> None:
        while not self._stop.wait(settings.JOB_HEARTBEAT_SECONDS):
            try:
                services.heartbeat(self.claim)
            except DatabaseFault as error:
                logger.warning("heartbeat failed", extra={"error": type(error).__name__})
        connection.close()
