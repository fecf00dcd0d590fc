from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from passepartout.clients.services import create_client, create_project
from passepartout.documents.services import upload_document
from passepartout.files.uploads import receive
from passepartout.kernel.scope import scope, tenant_transaction
from passepartout.tenancy.services import create_demo

FOLDER = Path(__file__).resolve().parents[2] / "demo"
TITLES = {
    "bail-12-rue-des-lilas.pdf": "Bail – 12 rue des Lilas",
    "conditions-de-transport.pdf": "Conditions générales de transport",
    "reglement-interieur.md": "Règlement intérieur – Résidence Les Lilas",
    "procedure-entrepot.md": "Procédure de réception en entrepôt",
    "tarifs-conciergerie.md": "Tarifs de la conciergerie 2026",
}


class Command(BaseCommand):
    help = "Fill one small made-up organization, in French; the first administrator becomes its administrator too."

    def handle(self, *args: Any, **options: Any) -> None:
        caller = create_demo("Conciergerie des Lilas (démonstration)")
        if caller is None:
            self.stdout.write("The demo organization is here already.")
            return
        with scope(organization=caller.organization.pk, user=caller.user.pk):
            with tenant_transaction():
                client = create_client(kind="person", name="Claire Fontaine", email="claire.fontaine@example.org",
                                       phone="+33 1 23 45 67 89", country="FR")  # fmt: skip
                project = create_project(client=client.pk, name="Gestion du 12 rue des Lilas", kind="property_mgmt")
                create_client(kind="company", name="Transports Garnier", email="contact@garnier.example", country="FR")
            for name, title in TITLES.items():
                links = {"client": client.pk, "project": project.pk} if name.startswith("bail") else {}
                upload_document(caller, receive(FOLDER / name), title=title, language="fr", **links)
        self.stdout.write(f"{len(TITLES)} documents are being indexed in {caller.organization.name}.")
