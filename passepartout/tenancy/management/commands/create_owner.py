import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from passepartout.kernel.errors import AppError
from passepartout.tenancy import services
from passepartout.tenancy.models import Organization


class Command(BaseCommand):
    help = "Create a user who administers a new organization."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--organization", required=True)
        parser.add_argument("--kind", choices=Organization.Kind.values, default=Organization.Kind.BOTH)
        parser.add_argument("--locale", choices=["fr", "en"], default="fr")
        parser.add_argument("--password-stdin", action="store_true", required=True, help="read the password from stdin")

    def handle(self, *args: Any, **options: Any) -> None:
        password = sys.stdin.readline().rstrip("\n")
        try:
            with override("en"):  # as everything else that commands say
                organization = services.create_owner(
                    email=options["email"],
                    password=password,
                    organization=options["organization"],
                    kind=options["kind"],
                    locale=options["locale"],
                )
        except AppError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{options['email']} administers {organization.name} ({organization.pk})")
