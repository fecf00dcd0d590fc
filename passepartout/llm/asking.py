"""Asking the model where nothing stands in for it: a plan that says no is then an answer of its own."""

from engines.llm import LanguageModel
from passepartout.kernel.errors import LimitReached
from passepartout.kernel.scope import tenant_transaction

from .gateway import Outcome, Request, complete
from .metered import check_model_quota
from .paced import PlanSpent, PlanThrottled

WAIT_SECONDS = 10  # after which a paced call may be let through


def ask_model(model: LanguageModel, request: Request) -> Outcome:
    """As `gateway.complete`. Raises LimitReached (``plan_limit``, ``plan_throttled``). Outside any transaction."""
    with tenant_transaction():
        check_model_quota()
    outcome = complete(model, request)
    if outcome.failure == PlanSpent.code:
        with tenant_transaction():
            check_model_quota()  # says which, and until when; unless what was on its way cost less than was put aside
    if outcome.failure in {PlanThrottled.code, PlanSpent.code}:
        raise LimitReached("Your plan lets the language model be asked less often.", code="plan_throttled",
                           retry_after=WAIT_SECONDS)  # fmt: skip
    return outcome
