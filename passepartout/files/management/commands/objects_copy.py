from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from engines.objects import ObjectError, ObjectStore
from passepartout.files.copying import Outcome, copy_objects
from passepartout.files.store import KINDS, store_of

WRONG = (Outcome.MISSING, Outcome.DAMAGED)


class Command(BaseCommand):
    help = "Copy every stored object from one store to the other, checking its sha256; can be stopped and run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="source", choices=KINDS, required=True)
        parser.add_argument("--to", dest="target", choices=KINDS, required=True)

    def handle(self, *args: Any, source: str, target: str, **options: Any) -> None:
        if source == target:
            raise CommandError("--from and --to are the same store.")
        try:
            counts = self._copied(store_of(source), store_of(target))
        except ValueError as error:
            raise CommandError(f"OBJECTS_URL: {error}") from error
        except ObjectError as error:
            raise CommandError(f"{error.code}: {error}. Run this again to go on.") from error
        self.stdout.write(", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome))
        if any(counts[outcome] for outcome in WRONG):
            raise CommandError("Some objects are missing or damaged in the source; see above.")

    def _copied(self, source: ObjectStore, target: ObjectStore) -> Counter[Outcome]:
        counts: Counter[Outcome] = Counter()
        target.check()
        for copied in copy_objects(source=source, target=target):
            counts[copied.outcome] += 1
            if copied.outcome in WRONG:
                self.stdout.write(f"{copied.object.org_id} {copied.object.sha256} {copied.outcome}")
        return counts
