"""Recording what engines answered."""

from typing import Any

from passepartout.kernel.scope import current_scope

from .models import LlmJob


def record_answer(*, purpose: str, engine: str, prompt: str, result: str, **facts: Any) -> LlmJob:
    """Keep one answer, in the caller's tenant transaction."""
    row: LlmJob = LlmJob.objects.create(
        user_id=current_scope().user,
        purpose=purpose,
        engine=engine,
        prompt=prompt,
        result=result,
        status=LlmJob.Status.SUCCEEDED,
        **facts,
    )
    return row
