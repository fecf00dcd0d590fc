from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from passepartout.billing import selectors, services
from passepartout.billing.plans import PLANS


class Command(BaseCommand):
    help = "Give an organization a plan. Takes effect at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", type=UUID, help="its id")
        parser.add_argument("plan", choices=list(PLANS))

    def handle(self, *args: Any, organization: UUID, plan: str, **options: Any) -> None:
        found = selectors.organization(organization)
        if found is None:
            raise CommandError("There is no such organization.")
        before = services.set_plan(organization, plan)
        self.stdout.write(f"{found.name}: {before} -> {plan}")
