"""Reading requests about personal data, and for how long things are kept."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from passepartout.kernel.errors import NotFound
from passepartout.kernel.retention import Rule, rules
from passepartout.tenancy.callers import Caller

from .models import DATA_REQUEST, DataRequest, DataRequestItem, RetentionChoice

RESOURCE = "data_requests"


def requests() -> Any:
    """Newest first."""
    return DataRequest.objects.order_by("-created_at", "-id")


def request(ident: UUID) -> DataRequest:
    """Raises NotFound."""
    found: DataRequest | None = requests().filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such request.")
    return found


def exported(ident: UUID) -> DataRequest:
    """A request whose ZIP is there. Raises NotFound."""
    found = request(ident)
    if not found.storage_path or found.expires_at is None or found.expires_at <= timezone.now():
        raise NotFound("There is no file to download, or not any more.", code="export_gone")
    return found


def items_of(found: DataRequest) -> Any:
    return DataRequestItem.objects.filter(request=found).order_by("created_at", "id")


def counts_of(found: DataRequest) -> dict[str, int]:
    """How many things of each source were found."""
    return dict(sorted(Counter(items_of(found).values_list("source", flat=True)).items()))


def reveals(caller: Caller) -> bool:
    """Whether the caller decides on requests: others see that there is one, not whose."""
    return caller.may(RESOURCE, "transition")


def actions_offered(caller: Caller, found: DataRequest) -> list[str]:
    return DATA_REQUEST.offered(found.status) if reveals(caller) else []


@dataclass(frozen=True)
class Kept:
    """A rule as it holds for the organization in scope, in days."""

    rule: Rule
    days: int
    chosen: bool

    @property
    def name(self) -> str:
        return self.rule.name

    @property
    def default(self) -> int:
        return self.rule.default()

    @property
    def least(self) -> int:
        return self.rule.least

    @property
    def most(self) -> int:
        return self.rule.most


def retention() -> list[Kept]:
    """Every rule, with what the organization in scope chose."""
    chosen = dict(RetentionChoice.objects.values_list("rule", "days"))
    return [Kept(rule, chosen.get(rule.name, rule.default()), rule.name in chosen) for rule in rules()]


def days_kept(name: str) -> int:
    """By the rule of this name, in the organization in scope. Raises StopIteration when there is none."""
    return next(each.days for each in retention() if each.name == name)
