"""What the document endpoints take and give."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engines.text.identifiers import Kind as IdentifierKind

from . import invoices, selectors
from .models import Chunk, Document

LANGUAGES = ["fr", "en"]


class UploadIn(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)
    title = serializers.CharField(max_length=300, required=False, allow_blank=True)
    language = serializers.ChoiceField(choices=LANGUAGES, required=False, allow_blank=True)
    visibility = serializers.ChoiceField(choices=Document.Visibility.choices, required=False)
    client = serializers.UUIDField(required=False, allow_null=True)
    project = serializers.UUIDField(required=False, allow_null=True)


class DocumentChange(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=300, required=False)
    visibility = serializers.ChoiceField(choices=Document.Visibility.choices, required=False)
    client = serializers.UUIDField(required=False, allow_null=True)
    project = serializers.UUIDField(required=False, allow_null=True)


class ErrorOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


def error_of(document: Document) -> dict[str, str] | None:
    return {"code": document.error_code, "detail": document.error_detail} if document.error_code else None


class AbilitiesOut(serializers.Serializer[Any]):
    read = serializers.BooleanField()
    download = serializers.BooleanField()
    update = serializers.BooleanField()  # type: ignore[assignment]
    reindex = serializers.BooleanField()
    retry = serializers.BooleanField()
    delete = serializers.BooleanField()
    restore = serializers.BooleanField()


class DocumentOut(serializers.ModelSerializer[Document]):
    client = serializers.UUIDField(source="client_id", allow_null=True, read_only=True)
    project = serializers.UUIDField(source="project_id", allow_null=True, read_only=True)
    uploader = serializers.UUIDField(source="uploader_id", allow_null=True, read_only=True)
    error = serializers.SerializerMethodField()
    warnings = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="code:page or code:page:count"
    )
    abilities = serializers.SerializerMethodField()

    class Meta:
        model = Document
        fields = ["id", "title", "original_filename", "mime", "size", "sha256", "status", "error", "language", "pages",
                  "warnings", "visibility", "client", "project", "uploader", "created_at", "updated_at", "indexed_at",
                  "deleted_at", "abilities"]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ErrorOut(allow_null=True))
    def get_error(self, document: Document) -> dict[str, str] | None:
        return error_of(document)

    @extend_schema_field(AbilitiesOut)
    def get_abilities(self, document: Document) -> dict[str, bool]:
        return selectors.abilities(self.context["caller"], document)


class InvoicePartyOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    siret = serializers.CharField(help_text="14 digits, or a SIREN of 9")
    vat = serializers.CharField(help_text="its number")
    address = serializers.CharField()


class InvoiceLineOut(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    quantity = serializers.CharField()
    price = serializers.CharField()
    rate = serializers.CharField(help_text="VAT in percent")
    total = serializers.CharField()


class InvoiceTaxOut(serializers.Serializer[Any]):
    rate = serializers.CharField(help_text="in percent")
    base = serializers.CharField()
    amount = serializers.CharField()


class InvoiceOut(serializers.Serializer[Any]):
    """Every field is as the data say it, and empty where they do not; amounts are decimal numbers in `currency`."""

    source = serializers.ChoiceField(choices=["factur-x"])  # type: ignore[assignment]
    number = serializers.CharField()
    issued = serializers.CharField(help_text="ISO 8601")
    due = serializers.CharField(help_text="ISO 8601")
    order = serializers.CharField()
    currency = serializers.CharField(help_text="ISO 4217")
    net = serializers.CharField()
    tax = serializers.CharField()
    total = serializers.CharField()
    payable = serializers.CharField()
    iban = serializers.CharField(help_text="FR76 •••• 0189 where masked")
    masked = serializers.BooleanField()
    seller = InvoicePartyOut()
    buyer = InvoicePartyOut()
    taxes = InvoiceTaxOut(many=True)
    lines = InvoiceLineOut(many=True)


class DocumentDetailOut(DocumentOut):
    invoice = serializers.SerializerMethodField()

    class Meta(DocumentOut.Meta):
        fields = [*DocumentOut.Meta.fields, "invoice"]

    @extend_schema_field(InvoiceOut(allow_null=True))
    def get_invoice(self, document: Document) -> dict[str, Any] | None:
        facts = invoices.invoice_of(self.context["caller"], document)
        return InvoiceOut(facts).data if facts else None


class ProgressOut(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class StatusOut(serializers.Serializer[Any]):
    status = serializers.CharField()
    step = serializers.CharField()
    progress = ProgressOut()
    running = serializers.BooleanField(help_text="it is being indexed, for the first time or again, or waits for it")
    error = ErrorOut(allow_null=True)


class ChunkOut(serializers.ModelSerializer[Chunk]):
    part = serializers.IntegerField(source="part_no")
    text = serializers.CharField(source="chunk_text")
    boxes = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        help_text="one per line: page, start, end (in text), x0, y0, x1, y1, page width, page height "
        "(points from the top left)",
    )

    class Meta:
        model = Chunk
        fields = ["id", "part", "text", "heading", "page_from", "page_to", "char_start", "char_end", "token_count",
                  "language", "boxes"]  # fmt: skip


class SearchHitOut(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    document = serializers.UUIDField()
    title = serializers.CharField()
    part = serializers.IntegerField()
    page = serializers.IntegerField()
    page_to = serializers.IntegerField()
    text = serializers.CharField()
    language = serializers.CharField()
    score = serializers.FloatField()
    similarity = serializers.FloatField()


class SearchOut(serializers.Serializer[Any]):
    query = serializers.CharField()
    language = serializers.CharField()
    engines = serializers.ListField(child=serializers.CharField())
    results = SearchHitOut(many=True)


class EmbeddingsIn(serializers.Serializer[Any]):
    texts = serializers.ListField(
        child=serializers.CharField(max_length=8000, trim_whitespace=False), allow_empty=False, max_length=64
    )


class EmbeddingsOut(serializers.Serializer[Any]):
    model = serializers.CharField()
    dimensions = serializers.IntegerField()
    embeddings = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()), help_text="one of length 1 per text, in order"
    )


class OcrIn(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="a PDF, a picture, or any other file that documents may be", max_length=255)


class OcrPageOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    text = serializers.CharField()
    engine = serializers.CharField(help_text='"text" where the page had text of its own')
    confidence = serializers.FloatField(help_text="0 to 1")


class OcrOut(serializers.Serializer[Any]):
    text = serializers.CharField(help_text="of all pages, an empty line between two")
    pages = OcrPageOut(many=True)


class IdentifierOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[kind.value for kind in IdentifierKind])
    value = serializers.CharField(help_text="capitals and digits without separators; FR76 •••• 0189 where masked")
    masked = serializers.BooleanField()
    part = serializers.IntegerField()
    page = serializers.IntegerField()
    start = serializers.IntegerField(help_text="in the text of the part")
    end = serializers.IntegerField()
