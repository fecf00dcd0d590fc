"""What calls of engines use of an organization's plan."""

from django.conf import settings
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Ceil
from django.utils import timezone

from passepartout.billing.services import check_limit, meter

from .models import LlmJob

_SECONDS = F("latency_ms") / 1000.0
MODEL = "model"  # the engine of calls that a language model answered, or was to answer


def check_quota() -> None:
    """Raises LimitReached when today's questions, tokens or seconds of the model are used up. Before a question."""
    check_limit("asks_per_day")
    check_model_quota()


def check_model_quota() -> None:
    """The same for the model alone; nothing to check where none is configured."""
    if settings.LLM_URL:
        check_limit("tokens_per_day")
        check_limit("gpu_seconds_per_day")


def meter_call(row: LlmJob) -> None:
    """Add a call that is being kept to the meters, in its own transaction."""
    if row.purpose == "ask":
        meter("asks_per_day")
    if row.engine == MODEL:
        meter("tokens_per_day", row.tokens_in + row.tokens_out)
        meter("gpu_seconds_per_day", -(-row.latency_ms // 1000))


def tokens_today() -> int:
    """Tokens that models read and wrote since midnight, UTC."""
    sums = _model_calls_today().aggregate(read=Sum("tokens_in"), written=Sum("tokens_out"))
    return int(sums["read"] or 0) + int(sums["written"] or 0)


def gpu_seconds_today() -> int:
    """Seconds that models worked since midnight, UTC, each call rounded up."""
    return int(_model_calls_today().aggregate(total=Sum(Ceil(_SECONDS)))["total"] or 0)


def _model_calls_today() -> QuerySet[LlmJob]:
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return LlmJob.objects.filter(engine=MODEL, created_at__gte=midnight)
