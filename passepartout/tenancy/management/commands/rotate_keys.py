from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from passepartout.kernel.crypto import DecryptionError
from passepartout.kernel.errors import NotFound
from passepartout.tenancy import rotation, selectors


class Command(BaseCommand):
    help = "Change the keys of personal columns. It can be killed at any moment and run again: nothing is lost."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--master", action="store_true",
                           help="wrap the organizations' keys under the first of FIELD_ENCRYPTION_KEY")  # fmt: skip
        which.add_argument("--data", action="store_true",
                           help="give organizations a new key and encrypt their data again")  # fmt: skip
        which.add_argument("--resume", action="store_true", help="go on with what --data began, as a beat job does too")
        parser.add_argument("--organization", type=UUID, metavar="ID", help="with --data: this one alone")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["master"]:
                self.stdout.write(f"{rotation.rewrap_all()} keys wrapped under the new master key")
            elif options["resume"]:
                self.stdout.write(f"{rotation.go_on()} former keys deleted")
            else:
                self._data(options["organization"])
        except (DecryptionError, NotFound) as error:
            raise CommandError(str(error)) from error

    def _data(self, organization: UUID | None) -> None:
        chosen = [organization] if organization else selectors.every_organization()
        total = rotation.Reencrypted()
        for each in chosen:
            rotation.change_keys(each)
            total += rotation.reencrypt(each)
        minutes = rotation.SETTLED_AFTER.seconds // 60
        self.stdout.write(f"{total.rows} rows encrypted again; the former keys are deleted in {minutes} minutes")
        if total.unreadable:
            raise CommandError(f"{total.unreadable} rows cannot be opened (see the log); their former key is kept")
