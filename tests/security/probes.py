"""How to reach for Alice's rows through each address of the API.

A new endpoint is not done before it has its probe here: `test_leaks.py` fails without, and so does `test_matrix.py`.
Add ``LEAK_PROBES["things/<uuid:pk>/"] = Probe(plant=_thing, bodies={"patch": {...}})``.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.utils import timezone

from engines.reading.invoices import Invoice, Party
from passepartout.assistant.models import Conversation, Message
from passepartout.audit.models import AuditSeal
from passepartout.audit.services import seal_all
from passepartout.billing.models import UsageRow
from passepartout.billing.services import meter
from passepartout.clients.services import create_client, create_contact, create_project
from passepartout.documents import lexical
from passepartout.documents.factories import document_row
from passepartout.documents.models import (
    Chunk,
    Document,
    DocumentIdentifier,
    DocumentInvoice,
    DocumentVersion,
    Posting,
)
from passepartout.documents.services import act_on_document
from passepartout.evaluation.models import GoldenQuestion, GoldenRun
from passepartout.jobs.services import enqueue
from passepartout.kernel.ids import new_id
from passepartout.llm.models import LlmJob, PromptLabelMove
from passepartout.llm.services import create_prompt_version
from passepartout.notifications.models import Notification
from passepartout.privacy.models import DataRequest, DataRequestItem, RetentionChoice
from passepartout.proposals.models import Proposal, SqlPolicy
from passepartout.tenancy import services
from passepartout.tenancy.factories import Person
from passepartout.tenancy.models import Membership
from passepartout.tenancy.selectors import caller_in

OWN = "creates a row of one's own from values alone"


@dataclass(frozen=True)
class Planted:
    """Alice's rows. ``marks`` are texts that betray them in an answer; ``arguments`` fill the address."""

    rows: tuple[Model, ...]
    marks: tuple[str, ...]
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Probe:
    """``bodies`` by method: what to send so that the answer hangs on the rows of ``plant`` alone; or `OWN`.

    ``shows`` False where even Alice's answer does not repeat her rows; ``query`` is put behind the address.
    ``own``: methods of an address without ids that answer each caller from the caller's own organization.
    """

    plant: Callable[[Person], Planted]
    bodies: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    shows: bool = True
    format: str = "json"
    own: tuple[str, ...] = ()

    def body(self, method: str, planted: Planted) -> Any:
        body = self.bodies.get(method)
        return body(planted) if callable(body) else body


def _client(alice: Person) -> Planted:
    row = create_client(name="Mme Durand", email="durand@example.org", phone="0612345678")
    return Planted((row,), (str(row.pk), "Durand", "durand@example.org"), {"pk": row.pk})


def _contact(alice: Person) -> Planted:
    client = create_client(name="Durand SA")
    row = create_contact(client.pk, name="Paul Durand")
    return Planted((client, row), (str(row.pk), "Paul Durand"), {"pk": client.pk})


def _project(alice: Person) -> Planted:
    client = create_client(name="Durand SA")
    row = create_project(client=client.pk, name="Villa des Pins", kind="event")
    return Planted((client, row), (str(row.pk), "Villa des Pins"), {"pk": row.pk})


def _member(alice: Person) -> Planted:
    user = services.create_user(email="nadia@example.org", password=None, display_name="Nadia")
    row = Membership.objects.create(user=user, role="concierge")
    return Planted((row, user), (str(row.pk), "nadia@example.org"), {"pk": row.pk})


def _myself(alice: Person) -> Planted:
    return Planted((alice.organization,), (str(alice.organization.pk), alice.email, alice.organization.name))


def _api_key(alice: Person) -> Planted:
    caller = caller_in(alice.user.pk, alice.organization.pk)
    expires = timezone.now() + timedelta(days=1)
    _, row = services.create_api_key(caller, name="Alice's n8n", scopes=["clients:read"], expires_at=expires)
    return Planted((row,), (str(row.pk), "Alice's n8n", row.prefix), {"pk": row.pk})


def _job(alice: Person) -> Planted:
    row = enqueue("documents.index", subject=new_id(), document_id=new_id())
    return Planted((row,), (str(row.pk), str(row.subject_id)), {"pk": row.pk})


def _usage(alice: Person) -> Planted:
    meter("asks_per_day", 4812)
    row = UsageRow.objects.get(resource="asks_per_day")
    return Planted((row,), ("4812",))


def _audit_line(alice: Person) -> Planted:
    row = create_client(name="Mme Durand")
    return Planted((row,), (str(row.pk),))


def _sealed(alice: Person) -> Planted:
    create_client(name="Mme Durand")
    seal_all()
    row = AuditSeal.objects.order_by("-seq")[0]
    return Planted((), (row.hash,))


def _document(alice: Person) -> Planted:
    """An indexed document of one chunk, found by the word "mirabelle"."""
    row = document_row(title="Contrat mirabelle", uploader=alice.user, status="indexed")
    version = DocumentVersion.objects.create(
        doc=row, job_id=new_id(), model="none/test", dimensions=16, analyser="1", chunk_count=1
    )
    chunk = Chunk.objects.create(
        doc=row, version=version, part_no=1, chunk_text="La mirabelle se paie en octobre.", chunk_hash="0" * 64,
        qdrant_id=new_id(), model="none/test", page_from=1, page_to=1, char_start=0, char_end=32, token_count=8,
        language="fr",
    )  # fmt: skip
    postings, terms = lexical.postings(version.pk, [(1, ["mirabel", "mirabell", "pai", "octobr"])])
    Posting.objects.bulk_create(postings)
    DocumentVersion.objects.filter(pk=version.pk).update(term_count=terms)
    Document.objects.filter(pk=row.pk).update(live_version=version.pk)
    row.refresh_from_db()
    marks = (str(row.pk), str(chunk.pk), "mirabelle se paie", "Contrat mirabelle")
    return Planted((row, chunk, version), marks, {"pk": row.pk, "number": 1, "action": "delete"})


def _deleted_document(alice: Person) -> Planted:
    planted = _document(alice)
    caller = caller_in(alice.user.pk, alice.organization.pk)
    act_on_document(caller, planted.rows[0], "delete")  # type: ignore[arg-type]
    return planted


def _identifier(alice: Person) -> Planted:
    """A document whose one chunk names a parcel that its words would not find."""
    planted = _document(alice)
    document, _, version = planted.rows
    row = DocumentIdentifier.objects.create(
        doc=document, version=version, kind="s10", value="RR473124829GB", part_no=1, page=1, start=0, end=13
    )
    return Planted((row, *planted.rows), (*planted.marks, "RR473124829GB"), planted.arguments)


def _named_document(alice: Person) -> Planted:
    """For search, whose answer repeats the number that was asked for."""
    planted = _identifier(alice)
    return Planted(planted.rows, planted.marks[:-1], planted.arguments)


def _invoice(alice: Person) -> Planted:
    """A document with the data of an invoice, which no word of its chunk says."""
    planted = _document(alice)
    document, _, version = planted.rows
    told = {"number": "FA-4812", "iban": "FR7630006000011234567890189", "seller": Party(name="Maison Lavande")}
    facts = asdict(Invoice(**told))  # type: ignore[arg-type]
    row = DocumentInvoice.objects.create(doc=document, version=version, source="factur-x", facts=facts)
    return Planted((row, *planted.rows), ("FA-4812", "Maison Lavande", "FR76"), planted.arguments)


def _conversation(alice: Person) -> Planted:
    row = Conversation.objects.create(user=alice.user, title="Les mirabelles")
    message = Message.objects.create(conversation=row, role="user", text="Quand paie-t-on la mirabelle ?")
    return Planted((row, message), (str(row.pk), "mirabelle"), {"pk": row.pk})


def _answer(alice: Person) -> Planted:
    """An answer that is on its way."""
    row = Conversation.objects.create(user=alice.user, title="Les mirabelles")
    message = Message.objects.create(conversation=row, role="assistant", text="", status="streaming")
    return Planted((row, message), (str(row.pk), "mirabelle"), {"pk": message.pk})


def _prompt(alice: Person) -> Planted:
    """A version of Alice's, named by no label."""
    caller = caller_in(alice.user.pk, alice.organization.pk)
    templates = {"en": {"system": "Answer like a mirabelle.", "user": "{{passages}} {{question}}"}}
    row = create_prompt_version(caller, "chat", templates=templates, note="mirabelle")
    return Planted((row,), ("mirabelle", row.sha256), {"key": "chat", "label": "staging"})


def _labelled_prompt(alice: Person) -> Planted:
    """The same, and the history of a label that named it once."""
    planted = _prompt(alice)
    row = PromptLabelMove.objects.create(
        key="chat", name="staging", before=1, after=0, note="mirabelle", moved_by=alice.user.pk
    )
    return Planted((*planted.rows, row), (*planted.marks, str(alice.user.pk)), planted.arguments)


def _unwritten_prompt(alice: Person) -> Planted:
    planted = _prompt(alice)
    return Planted(planted.rows, planted.marks, {"key": "chat", "number": 999})


def _llm_job(alice: Person) -> Planted:
    row = LlmJob.objects.create(
        user_id=alice.user.pk, purpose="ask", engine="extractive", prompt="Et la mirabelle ?", status="succeeded",
        result="La mirabelle se paie.", model="mirabelle/test",
    )  # fmt: skip
    return Planted((row,), (str(row.pk), "mirabelle"), {"pk": row.pk})


def _golden_question(alice: Person) -> Planted:
    row = GoldenQuestion.objects.create(question="Quand paie-t-on la mirabelle ?", language="fr")
    return Planted((row,), (str(row.pk), "mirabelle"), {"pk": row.pk})


def _golden_run(alice: Person) -> Planted:
    question = GoldenQuestion.objects.create(question="Quand paie-t-on la mirabelle ?", language="fr")
    row = GoldenRun.objects.create(status="finished", user_id=alice.user.pk)
    return Planted((row, question), (str(row.pk),), {"pk": row.pk, "action": "accept"})


def _proposal(alice: Person) -> Planted:
    row = Proposal.objects.create(
        requester=alice.user.pk,
        question="Combien de mirabelles ?",
        source="person",
        kind="read",
        risk="low",
        status="pending_approval",
        proposed_sql="SELECT count(*) FROM mirabelle",
        sql="SELECT COUNT(*) FROM mirabelle",
        expires_at=timezone.now() + timedelta(days=1),
    )
    return Planted((row,), (str(row.pk), "mirabelle"), {"pk": row.pk, "action": "approve"})


def _policy(alice: Person) -> Planted:
    row = SqlPolicy.objects.create(reads_at_once=["concierge"])
    return Planted((row,), ("concierge",))


def _file() -> SimpleUploadedFile:
    return SimpleUploadedFile("note.txt", b"Une note de Charlie.", "text/plain")


def _notification(alice: Person) -> Planted:
    document = document_row(title="Contrat mirabelle", uploader=alice.user, status="indexed")
    row = Notification.objects.create(
        user=alice.user, kind="document.indexed", event_id=new_id(), subject_id=document.pk
    )
    return Planted((row,), (str(row.pk), str(document.pk), "mirabelle"), {"pk": row.pk})


def _data_request(alice: Person) -> Planted:
    row = DataRequest.objects.create(
        kind="erasure", status="preview", subject={"email": "mirabelle@example.org"}, requested_by=alice.user.pk,
        due_on=timezone.localdate(),
    )  # fmt: skip
    item = DataRequestItem.objects.create(
        request=row, source="documents", object_id=new_id(), reason="mentions", label="Contrat mirabelle"
    )
    marks = (str(row.pk), str(item.object_id), "mirabelle")
    return Planted((row, item), marks, {"pk": row.pk, "action": "refuse"})


def _export(alice: Person) -> Planted:
    """A ZIP that is ready to be fetched."""
    planted = _data_request(alice)
    row = planted.rows[0]
    ready = {"status": "done", "storage_path": f"x/{row.pk.hex}", "expires_at": timezone.now() + timedelta(days=1)}
    DataRequest.objects.filter(pk=row.pk).update(**ready)
    return planted


def _retention(alice: Person) -> Planted:
    row = RetentionChoice.objects.create(rule="notifications", days=4812)
    return Planted((row,), ("4812",))


LEAK_PROBES: dict[str, Probe] = {
    "me/": Probe(_myself, {"patch": OWN}),
    "members/": Probe(
        _client,
        {"post": lambda p: {"email": "x@example.org", "role": "client_portal", "client_id": str(p.arguments["pk"])}},
        shows=False,
    ),
    "members/<uuid:pk>/": Probe(_member, {"patch": {"role": "driver"}}),
    "api-keys/": Probe(_api_key, {"post": OWN}),
    "api-keys/<uuid:pk>/": Probe(_api_key),
    "clients/": Probe(_client, {"post": OWN}, query="?exactly=durand@example.org"),
    "clients/<uuid:pk>/": Probe(_client, {"patch": {"name": "stolen"}}),
    "clients/<uuid:pk>/contacts/": Probe(_contact, {"post": {"name": "planted"}}),
    "projects/": Probe(_project, {"post": lambda p: {"client": str(p.rows[0].pk), "name": "planted", "kind": "event"}}),
    "projects/<uuid:pk>/": Probe(_project, {"patch": {"name": "stolen"}}),
    "jobs/": Probe(_job),
    "jobs/<uuid:pk>/": Probe(_job),
    # Services and numbers of the machine; that no label of a job shows: passepartout/llm/tests/test_engines_api.py.
    "engines/": Probe(_job, shows=False),
    "usage/": Probe(_usage),
    "audit/": Probe(_audit_line),
    "audit/export/": Probe(_audit_line, query="?format=json"),
    "audit/verification/": Probe(_sealed),
    "audit/verify/": Probe(_sealed, {"post": OWN}),
    "documents/": Probe(_document, {"post": OWN}),
    "documents/<uuid:pk>/": Probe(_document, {"patch": {"title": "stolen"}}),
    "documents/<uuid:pk>/status/": Probe(_document, shows=False),
    "documents/<uuid:pk>/file/": Probe(_document, shows=False),
    "documents/<uuid:pk>/pages/<int:number>.png": Probe(_document, shows=False),
    "documents/<uuid:pk>/chunks/": Probe(_document),
    "documents/<uuid:pk>/actions/<action>/": Probe(_document),
    "documents/<uuid:pk>/identifiers/": Probe(_identifier),
    "search/": Probe(_document, query="?q=mirabelle"),
    "ask/": Probe(
        _document,
        {"post": lambda p: {"question": "Quand paie-t-on la mirabelle ?", "document_ids": [str(p.rows[0].pk)]}},
    ),
    "proposals/": Probe(_proposal, {"post": OWN}),
    "proposals/<uuid:pk>/": Probe(_proposal),
    "proposals/<uuid:pk>/actions/<action>/": Probe(_proposal, {"post": {}}),
    "sql-policy/": Probe(_policy, {"put": OWN}),
    "embeddings/": Probe(_client, {"post": OWN}),
    "ocr/": Probe(_client, {"post": OWN}),
    "/api/ai/ocr/": Probe(_client, {"post": OWN}),
    "/api/ai/documents/upload/": Probe(_document, {"post": OWN}),
    "/api/ai/documents/indexed/": Probe(_document, {"post": lambda p: {"document_id": str(p.rows[0].pk)}}),
    "/api/ai/embed/": Probe(_client, {"post": OWN}),
    "/api/ai/ask/": Probe(
        _document,
        {"post": lambda p: {"question": "Quand paie-t-on la mirabelle ?", "document_ids": [str(p.rows[0].pk)]}},
    ),
    "ask/stream/": Probe(
        _document,
        {"post": lambda p: {"question": "Quand paie-t-on la mirabelle ?", "document_ids": [str(p.rows[0].pk)]}},
    ),
    "ask/<uuid:pk>/stop/": Probe(_answer),
    "prompts/": Probe(_prompt, {"post": OWN}),
    "prompts/<key>/versions/": Probe(_prompt, {"post": OWN}),
    # Needs a model to be asked; passepartout/llm/tests/test_trying_out.py reaches for Alice's.
    "prompts/<key>/versions/<int:number>/test/": Probe(_unwritten_prompt, {"post": OWN}),
    "prompts/<key>/diff/": Probe(_prompt, query="?after=1"),
    "prompts/<key>/labels/<label>/": Probe(_labelled_prompt, {"put": {"version": 1}}, own=("get",)),
    "notifications/": Probe(_notification),
    "notifications/unread/": Probe(_notification, {"delete": OWN}, shows=False),
    "notifications/preferences/": Probe(_notification, {"patch": OWN}, shows=False),
    "notifications/<uuid:pk>/read/": Probe(_notification),
    "llm-jobs/": Probe(_llm_job),
    "llm-jobs/<uuid:pk>/": Probe(_llm_job),
    # Needs a model to be told again; passepartout/assistant/tests/test_llm_jobs.py reaches for Alice's.
    "llm-jobs/<uuid:pk>/replay/": Probe(_llm_job, {"post": OWN}),
    "llm/run/": Probe(_llm_job, {"post": OWN}),
    "golden-questions/": Probe(
        _document,
        {"post": lambda p: {"question": "Quand ?", "language": "fr", "expected": [{"document": str(p.rows[0].pk)}]}},
        shows=False,
    ),
    "golden-questions/<uuid:pk>/": Probe(_golden_question),
    "golden-runs/": Probe(_golden_run, {"post": OWN}),
    "golden-runs/<uuid:pk>/": Probe(_golden_run),
    "golden-runs/<uuid:pk>/actions/<action>/": Probe(_golden_run, {"post": {"reason": "x"}}),
    "retrieval-test/": Probe(_document, query="?q=mirabelle"),
    "data-requests/": Probe(_data_request, {"post": OWN}),
    "data-requests/<uuid:pk>/": Probe(_data_request),
    "data-requests/<uuid:pk>/items/": Probe(_data_request),
    "data-requests/<uuid:pk>/file/": Probe(_export, shows=False),
    "data-requests/<uuid:pk>/actions/<action>/": Probe(_data_request, {"post": {"refusal": "unfounded"}}),
    "retention/": Probe(_retention, {"put": OWN}),
    "conversations/": Probe(_conversation),
    "conversations/<uuid:pk>/": Probe(_conversation, {"patch": {"title": "Autre"}}),
    "conversations/<uuid:pk>/messages/": Probe(_conversation),
}
# A second way in through the same address.
FURTHER_PROBES: list[tuple[str, str, Probe]] = [
    ("golden-questions/", "get", Probe(_golden_question)),
    (
        "data-requests/",
        "post",
        Probe(_client, {"post": lambda p: {"kind": "export", "subject": {"client": str(p.arguments["pk"])}}}),
    ),
    (
        "data-requests/",
        "post",
        Probe(_member, {"post": lambda p: {"kind": "export", "subject": {"user": str(p.rows[1].pk)}}}),
    ),
    ("search/", "get", Probe(_named_document, query="?q=RR473124829GB")),
    ("search/", "get", Probe(_identifier, query="?q=124829GB")),
    ("documents/<uuid:pk>/", "get", Probe(_invoice)),
    ("documents/", "get", Probe(_deleted_document, query="?deleted=true")),
    ("projects/<uuid:pk>/", "patch", Probe(_project, {"patch": lambda p: {"client": str(p.rows[0].pk)}})),
    ("conversations/", "get", Probe(_conversation, query="?q=mirabelle")),
    ("ask/", "post", Probe(_conversation, {"post": lambda p: {"question": "Et ?", "conversation": str(p.rows[0].pk)}})),
    ("ask/", "post", Probe(_project, {"post": lambda p: {"question": "Quand ?", "client": str(p.rows[0].pk)}})),
    ("ask/", "post", Probe(_project, {"post": lambda p: {"question": "Quand ?", "project": str(p.rows[1].pk)}})),
    (
        "documents/",
        "post",
        Probe(_project, {"post": lambda p: {"file": _file(), "client": str(p.rows[0].pk)}}, format="multipart"),
    ),
    (
        "documents/",
        "post",
        Probe(_project, {"post": lambda p: {"file": _file(), "project": str(p.rows[1].pk)}}, format="multipart"),
    ),
]
# Addresses that hold no tenant's rows, and why.
OPEN_ROUTES = {
    "auth/token/": "before anybody is known",
    "auth/refresh/": "by the secret of one's own cookie",
    "auth/logout/": "by the secret of one's own cookie",
    "auth/password/reset/": "the same answer to everybody",
    "auth/password/reset/confirm/": "by the secret of a mailed link",
    "realtime/tickets/": "a secret for oneself; what a socket tells is tests/sockets",
    "auth/first-owner/": "by the one-time link, before any organization exists",
    "schema/": "the shape of the API",
}
