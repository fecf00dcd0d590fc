"""One person, Éloïse Durand, in every place that holds anything about people; and what is nobody's."""

from dataclasses import dataclass
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import connection

from passepartout.clients.models import ClientContact
from passepartout.documents.factories import work
from passepartout.evaluation.models import GoldenQuestion
from passepartout.kernel.ids import new_id
from passepartout.kernel.scope import tenant
from passepartout.kernel.tenant import TenantModel
from passepartout.notifications.models import Notification
from passepartout.proposals.models import Proposal
from passepartout.tenancy.factories import Person
from passepartout.tenancy.rotation import encrypted_models

EMAIL, PHONE = "eloise.durand@example.org", "+33612345678"
URL = "/api/v1/data-requests/"
LEASE = "Bail. Le dépôt de garantie de Éloïse Durand est de 850 euros, payable à la remise des clés."
LETTER = "Courrier. Rappeler ELOISE  DURAND au 06 12 34 56 78 avant vendredi pour la remise des clés."
NOTES = "Notes privées. Éloïse Durand préfère le matin."
OTHER = "Le verger est ouvert en octobre. La mirabelle se paie à la livraison."
MARKS = ("Durand", "durand", "DURAND", "850 euros", "612345678", "12 34 56 78", "Notes privées")


@dataclass(frozen=True)
class World:
    alice: Person
    bob: Person
    eloise: Person
    client: UUID
    linked: str
    naming: str
    private: str
    other: str


def asked(client, question, **wishes):
    answer = client.post("/api/v1/ask/", {"question": question, **wishes})
    assert answer.status_code == 200, answer.content
    return answer.json()


def plant(made):
    with tenant(made.alice.organization.pk, made.alice.user.pk):
        GoldenQuestion.objects.create(question="Où habite Éloïse Durand ?", language="fr")
        GoldenQuestion.objects.create(question="Quand paie-t-on la mirabelle ?", language="fr")
        Proposal.objects.create(
            requester=made.alice.user.pk, question="Les documents de Éloïse Durand", source="person", kind="read",
            status="pending_approval", proposed_sql="SELECT title FROM documents", sql="SELECT title FROM documents",
            result={"rows": [["Bail Éloïse Durand"]]},
        )  # fmt: skip
    for user in (made.eloise.user, made.bob.user):
        with tenant(made.alice.organization.pk, user.pk):
            for subject in (made.linked, made.other):
                Notification.objects.create(user=user, kind="document.indexed", event_id=new_id(), subject_id=subject)


def everything(person):
    """All that an organization's rows, and the files of all, say."""
    files = [path for path in settings.OBJECTS_DIR.rglob("*") if path.is_file()]
    return "\n".join([rows_of(person), *(path.read_bytes().decode("latin-1") for path in files)])


def rows_of(person):
    """As they are stored, and decrypted."""
    said = []
    with tenant(person.organization.pk, person.user.pk):
        for model in apps.get_models():
            if issubclass(model, TenantModel) or model._meta.db_table == "audit_logs":
                with connection.cursor() as cursor:
                    cursor.execute(f'SELECT row_to_json(t)::text FROM "{model._meta.db_table}" t')
                    said += [row[0] for row in cursor.fetchall()]
        for model, fields in encrypted_models():
            said += [str(getattr(row, field.name)) for row in model.objects.all() for field in fields]
        with connection.cursor() as cursor:
            cursor.execute("SELECT email || ' ' || display_name FROM users")
            said += [row[0] for row in cursor.fetchall()]
    return "\n".join(said)


def requested(api, made, kind, **subject):
    """A request that was received and whose search has ended."""
    answer = api(made.alice).post(URL, {"kind": kind, "subject": subject or {"client": str(made.client)}})
    assert answer.status_code == 201, answer.content
    work(made.alice.organization)
    return answer.json()["id"]


def acted(api, person, ident, action, **body):
    answer = api(person).post(f"{URL}{ident}/actions/{action}/", body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def shown(api, made, ident):
    return api(made.alice).get(f"{URL}{ident}/").json()


def items(api, person, ident):
    return api(person).get(f"{URL}{ident}/items/").json()["results"]


def contacts():
    return [row.name for row in ClientContact.objects.order_by("pk")]


def item_of(api, made, ident, document):
    return next(
        item for item in items(api, made.alice, ident)
        if (item["source"], item["object_id"]) == ("documents", document)
    )  # fmt: skip
