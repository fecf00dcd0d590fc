"""What calls of engines use of an organization's plan."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Ceil
from django.utils import timezone

from engines.llm import Message, Parameters
from passepartout.billing.services import check_limit, hold, meter, release, take
from passepartout.kernel.scope import tenant_transaction

from .budget import CHARACTERS_PER_TOKEN
from .models import LlmJob

_SECONDS = F("latency_ms") / 1000.0
MODEL = "model"  # the engine of calls that a language model answered, or was to answer
_HELD_SECONDS = 10  # put aside for a call whose length nobody knows yet


def check_quota() -> None:
    """Raises LimitReached when today's questions, tokens or seconds of the model are used up. Before a question."""
    check_limit("asks_per_day")
    check_model_quota()


def check_model_quota() -> None:
    """The same for the model alone; nothing to check where none is configured."""
    if settings.LLM_URL:
        check_limit("tokens_per_day")
        check_limit("gpu_seconds_per_day")


def take_ask() -> None:
    """One question of today's, in the transaction that keeps it. Raises LimitReached, the last of parallel ones too."""
    take("asks_per_day")


def give_back_ask() -> None:
    """The question of today that nobody answered, in the transaction that ends it."""
    release("asks_per_day")


@dataclass(frozen=True)
class Held:
    """What is put aside for one call of the model: at most so many tokens, about so many seconds."""

    tokens: int
    seconds: int


def hold_for_call(messages: Sequence[Message], parameters: Parameters) -> Held:
    """Raises LimitReached when today's tokens or seconds are used up, calls that are on their way included. Outside
    any transaction; whoever held gives it back by `release_call`.
    """
    read = sum(len(message.content) for message in messages) / CHARACTERS_PER_TOKEN
    held = Held(int(read) + parameters.max_tokens, _HELD_SECONDS)
    with tenant_transaction():
        hold("tokens_per_day", held.tokens)
        hold("gpu_seconds_per_day", held.seconds)
    return held


def release_call(held: Held) -> None:
    with tenant_transaction():
        release("tokens_per_day", held.tokens)
        release("gpu_seconds_per_day", held.seconds)


def meter_call(row: LlmJob) -> None:
    """Add what a call that is being kept has spent to the meters, in its own transaction."""
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
