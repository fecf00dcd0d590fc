from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from engines.errors import EngineError
from passepartout.documents import refreshing

UNBOUNDED = 10_000_000


class Command(BaseCommand):
    help = "Queue documents to be indexed again; each stays searchable until its new version is complete."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--outdated", action="store_true", help="those of another model or analyser")
        which.add_argument("--all", action="store_true", help="every indexed document")
        which.add_argument("--document", type=UUID, metavar="ID", help="one document; give --organization too")
        parser.add_argument("--organization", type=UUID, metavar="ID")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{self._queued(options)} queued")

    def _queued(self, options: dict[str, Any]) -> int:
        if options["document"] is not None:
            return self._one(options["document"], options["organization"])
        if options["all"]:
            return refreshing.reindex_all(limit=UNBOUNDED)
        try:
            return refreshing.reindex_outdated(limit=UNBOUNDED)
        except EngineError as error:
            raise CommandError(f"The embedding service does not say its model: {error}") from error

    def _one(self, document: UUID, organization: UUID | None) -> int:
        if organization is None:
            raise CommandError("--document needs --organization.")
        if not refreshing.reindex_document(organization, document):
            raise CommandError("There is no such indexed document, or it is being indexed already.")
        return 1
