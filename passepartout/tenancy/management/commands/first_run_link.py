from typing import Any

from django.core.management.base import BaseCommand

from passepartout.tenancy import first_run, selectors


class Command(BaseCommand):
    help = "Print the path of the one-time link that creates the first administrator; nothing when a user exists."

    def handle(self, *args: Any, **options: Any) -> None:
        if not selectors.any_user_exists():
            self.stdout.write(f"/first-run/{first_run.token()}/")
