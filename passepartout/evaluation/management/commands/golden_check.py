from typing import Any

from django.core.management.base import BaseCommand, CommandError

from passepartout.audit.selectors import organizations
from passepartout.evaluation.services import run_now
from passepartout.kernel.errors import LimitReached


class Command(BaseCommand):
    help = (
        "Ask every organization's golden questions with the models and the index in use now, and compare with what was "
        "accepted. Before and after another model or index comes into use. Fails when answers became worse."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        fallen = [line for line in map(self._checked, organizations()) if line]
        if fallen:
            raise CommandError("golden questions are answered worse:\n" + "\n".join(fallen))

    def _checked(self, organization: Any) -> str:
        """One line for an organization whose scores fell, or whose plan is used up; "" for any other."""
        try:
            run = run_now(organization)
        except LimitReached as error:
            return f"{organization}  not asked: {error.detail}"
        if run is None:
            return ""
        line = f"{organization}  run {run.pk}  {run.scores}"
        self.stdout.write(line)
        return f"{line}  fell: {', '.join(run.fell)}" if run.fell else ""
