from typing import Any

from django.core.management.base import BaseCommand, CommandError

from engines.objects import ObjectError
from passepartout.files.store import object_store


class Command(BaseCommand):
    help = "Say where uploaded files are, or why they cannot be reached."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(object_store().check())
        except ObjectError as error:
            raise CommandError(f"{error.code}: {error}") from error
