from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from passepartout.audit import selectors, services


class Command(BaseCommand):
    help = "verify: check every organization's chain and anchors; seal: seal waiting lines; anchor: sign the heads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["verify", "seal", "anchor"])

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        {"verify": self._verify, "seal": self._seal, "anchor": self._anchor}[action]()

    def _verify(self) -> None:
        services.seal_all()
        broken = 0
        for organization in selectors.organizations():
            faults = selectors.faults(organization)
            broken += bool(faults)
            head = selectors.head(organization)
            links = head.seq if head else 0
            self.stdout.write(f"{organization}  {links} lines  {'BROKEN' if faults else 'whole'}")
            for fault in faults:
                self.stdout.write(f"  - {fault}")
        if broken:
            raise CommandError(f"{broken} chain(s) broken")

    def _seal(self) -> None:
        self.stdout.write(f"{services.seal_all()} lines sealed")

    def _anchor(self) -> None:
        self.stdout.write(f"{services.anchor_all()} heads anchored")
