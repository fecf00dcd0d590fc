"""Documents and what is made of them: versions, chunks (the seed's ``embeddings_meta``), windows, postings."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from pgvector.django import HalfVectorField

from passepartout.clients.models import Client, Project
from passepartout.files.models import StoredObject
from passepartout.kernel.fields import BlindIndexField, EncryptedJSONField, EncryptedTextField
from passepartout.kernel.machines import machine
from passepartout.kernel.rls import TenantReference, TenantRLS
from passepartout.kernel.tenant import TenantManager, TenantModel
from passepartout.tenancy.models import User

DOCUMENT = machine(
    "document",
    start="uploaded",
    table="""
    extract: uploaded|extracting|chunking|embedding -> extracting!
    chunk: extracting -> chunking!
    embed: chunking -> embedding!
    index: embedding -> indexed!
    reject: uploaded|extracting|chunking -> rejected!
    fail: uploaded|extracting|chunking|embedding -> failed!
    retry: failed -> uploaded
    reindex: indexed -> indexed
    delete: uploaded|extracting|chunking|embedding|indexed|failed|rejected -> deleted
    restore: deleted -> uploaded
    """,
)


class Document(TenantModel):
    """A file and its life. ``live_version`` is what search sees; a new version is built beside it and switched."""

    class Visibility(models.TextChoices):
        ORGANIZATION = "organization"
        PRIVATE = "private"  # its uploader alone
        CLIENT = "client"  # the organization, and the portal of the document's client

    title = models.CharField(max_length=300)
    original_filename = models.CharField(max_length=255)
    content = models.ForeignKey(StoredObject, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    storage_path = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    mime = models.CharField(max_length=100)
    uploader = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    visibility = models.CharField(max_length=16, choices=Visibility.choices, default=Visibility.ORGANIZATION)
    client = models.ForeignKey(Client, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False)
    project = models.ForeignKey(Project, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False)
    status = models.CharField(max_length=16, default=DOCUMENT.start)
    restore_status = models.CharField(max_length=16, blank=True, default="")
    error_code = models.CharField(max_length=64, blank=True, default="")
    error_detail = models.CharField(max_length=500, blank=True, default="")
    language = models.CharField(max_length=8, blank=True, default="")
    pages = models.IntegerField(null=True)
    warnings = models.JSONField(default=list)
    live_version = models.UUIDField(null=True)
    indexed_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        db_table = "documents"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantReference(field="content", name="documents_content"),
            TenantReference(field="client", name="documents_client"),
            TenantReference(field="project", name="documents_project"),
        ]
        indexes = [
            models.Index(fields=["org", "-created_at", "-id"], name="documents_recent"),
            models.Index(fields=["org", "sha256"], name="documents_by_content"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DocumentVersion(TenantModel):
    """One indexing of a document: remembers the model, precision and analyser it was made with."""

    doc = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions", db_constraint=False)
    job_id = models.UUIDField()
    model = models.CharField(max_length=100)
    dimensions = models.IntegerField()
    analyser = models.CharField(max_length=32)
    chunk_count = models.IntegerField(default=0)
    window_count = models.IntegerField(default=0)
    term_count = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        db_table = "document_versions"
        constraints = [*TenantModel.Meta.constraints, TenantReference(field="doc", name="document_versions_doc")]
        indexes = [models.Index(fields=["org", "doc"], name="document_versions_by_doc")]

    def __str__(self) -> str:
        return str(self.pk)


class OcrJob(TenantModel):
    """One page, or one ``picture`` inside it, read by character recognition: what was found, by which engine, how
    surely, in how many seconds.

    A retry of the job, or a later indexing of the same content, uses it instead of reading the page again. ``status``:
    ``done``, or ``failed`` with the engine's ``error_code``. ``spans`` are flat: start, end (in ``text``), x0, y0, x1,
    y1 (points from the top left of the page), for every line or cell.
    """

    doc = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    job_id = models.UUIDField()
    page = models.IntegerField()
    picture = models.CharField(max_length=200, blank=True, default="")
    status = models.CharField(max_length=16)
    error_code = models.CharField(max_length=64, blank=True, default="")
    text = models.TextField(blank=True, default="")
    spans = models.JSONField(default=list)
    engine = models.CharField(max_length=64, blank=True, default="")
    confidence = models.FloatField(default=0.0)
    rotation = models.FloatField(default=0.0)
    seconds = models.FloatField(default=0.0)

    class Meta(TenantModel.Meta):
        db_table = "ocr_jobs"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantReference(field="doc", name="ocr_jobs_doc"),
            models.UniqueConstraint(fields=["org", "doc", "page", "picture"], name="ocr_jobs_page"),
        ]

    def __str__(self) -> str:
        return f"{self.doc_id} page {self.page} {self.status}"


class DocumentInvoice(TenantModel):
    """The data of a hybrid invoice: the fields of an `engines.reading.invoices.Invoice`. Encrypted: they name an
    account.
    """

    doc = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    version = models.ForeignKey(DocumentVersion, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    source = models.CharField(max_length=16)
    facts = EncryptedJSONField()

    class Meta(TenantModel.Meta):
        db_table = "document_invoices"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantReference(field="doc", name="document_invoices_doc"),
            TenantReference(field="version", name="document_invoices_version"),
            models.UniqueConstraint(fields=["org", "version"], name="document_invoices_of_version"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.pk}"


class Chunk(TenantModel):
    """What is cited: ``chunk_text`` is characters ``char_start`` to ``char_end`` of the document's text, verbatim.

    ``boxes`` lists its lines: ``[page, start, end, x0, y0, x1, y1, page width, page height]``, offsets inside
    ``chunk_text``, PDF points from the top left of the page. ``qdrant_id`` groups the chunk's windows in a vector
    store.
    """

    doc = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="chunks", db_constraint=False)
    version = models.ForeignKey(DocumentVersion, on_delete=models.CASCADE, related_name="chunks", db_constraint=False)
    part_no = models.IntegerField()
    chunk_text = models.TextField()
    chunk_hash = models.CharField(max_length=64)
    qdrant_id = models.UUIDField()
    model = models.CharField(max_length=100)
    page_from = models.IntegerField()
    page_to = models.IntegerField()
    char_start = models.IntegerField()
    char_end = models.IntegerField()
    token_count = models.IntegerField()
    language = models.CharField(max_length=8)
    heading = models.CharField(max_length=300, blank=True)
    boxes = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        db_table = "embeddings_meta"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantReference(field="doc", name="embeddings_meta_doc"),
            TenantReference(field="version", name="embeddings_meta_version"),
            models.UniqueConstraint(fields=["org", "version", "part_no"], name="embeddings_meta_part"),
        ]
        indexes = [models.Index(fields=["org", "doc"], name="embeddings_meta_by_doc")]

    def __str__(self) -> str:
        return f"{self.doc_id}-{self.part_no}"


class TenantRows(models.Model):
    """Bulk rows of one organization whose key is not a uuid7 of their own."""

    # No index of its own: those of the tables begin with it.
    org = models.ForeignKey(
        "tenancy.Organization", on_delete=models.CASCADE, related_name="+", editable=False, db_index=False
    )
    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"


class Signs(models.Field):
    """One bit per dimension of a vector: whether it is positive."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 - Django's signature
        return "bit varying"


class ChunkWindow(TenantRows):
    """A vector: half precision, unit length, of about 128 tokens of a chunk. The key is a UUIDv5 (engines.vectors)."""

    id = models.UUIDField(primary_key=True, editable=False)
    doc_id = models.UUIDField()
    version = models.ForeignKey(
        DocumentVersion, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    chunk_id = models.UUIDField()
    model = models.CharField(max_length=100)
    part = models.IntegerField()
    number = models.IntegerField()  # of the window in its chunk
    embedding = HalfVectorField()
    signs = models.GeneratedField(
        expression=models.Func("embedding", function="binary_quantize"), output_field=Signs(), db_persist=True
    )

    class Meta(TenantRows.Meta):
        db_table = "chunk_windows"
        constraints = [
            TenantRLS(name="%(app_label)s_%(class)s_rls"),
            TenantReference(field="version", name="chunk_windows_version"),
        ]
        # Holds all that the first pass over a large organization reads (vectors.py): a ninth of the rows' bytes.
        indexes = [
            models.Index(fields=["org", "version"], include=["model", "signs", "id"], name="chunk_windows_by_version")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Posting(TenantRows):
    """Where a term stands in one version: parallel arrays of part, frequency and the chunk's length in terms.

    A plain btree on (org, term, version): full-text and array operators are not leakproof, so that their indexes
    are not used under row-level security.
    """

    pk = models.CompositePrimaryKey("org", "term", "version")
    term = models.CharField(max_length=64)
    version = models.ForeignKey(
        DocumentVersion, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    parts = ArrayField(models.IntegerField())
    freqs = ArrayField(models.IntegerField())
    lengths = ArrayField(models.IntegerField())

    class Meta(TenantRows.Meta):
        db_table = "postings"
        constraints = [
            TenantRLS(name="%(app_label)s_%(class)s_rls"),
            TenantReference(field="version", name="postings_version"),
        ]
        indexes = [models.Index(fields=["org", "version"], name="postings_by_version")]

    def __str__(self) -> str:
        return self.term


class DocumentIdentifier(TenantModel):
    """A number found in a chunk (engines.text.identifiers), in its normal form; ``start`` and ``end`` are characters of
    ``chunk_text``. Encrypted, because some are an account's; found again by its hash, or by that of its last digits.
    """

    TAIL = 6

    doc = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    version = models.ForeignKey(DocumentVersion, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    kind = models.CharField(max_length=16)
    value = EncryptedTextField()
    value_index = BlindIndexField(source="value")
    tail_index = BlindIndexField(source="tail")
    part_no = models.IntegerField()
    page = models.IntegerField()
    start = models.IntegerField()
    end = models.IntegerField()

    class Meta(TenantModel.Meta):
        db_table = "document_identifiers"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantReference(field="doc", name="document_identifiers_doc"),
            TenantReference(field="version", name="document_identifiers_version"),
        ]
        indexes = [
            models.Index(fields=["org", "value_index"], name="identifiers_by_value"),
            models.Index(fields=["org", "tail_index"], name="identifiers_by_tail"),
            models.Index(fields=["org", "version"], name="identifiers_by_version"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def tail(self) -> str:
        """The last characters, by which people ask for a number they do not want to type whole."""
        return str(self.value)[-self.TAIL :]
