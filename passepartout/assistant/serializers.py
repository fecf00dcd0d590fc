"""What the ask endpoints take and give."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from passepartout.proposals.selectors import in_brief
from passepartout.proposals.serializers import RefusalOut

from .models import Conversation, Message


class AskIn(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=20_000, trim_whitespace=False)
    conversation = serializers.UUIDField(required=False, allow_null=True)
    document_ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, allow_null=True, allow_empty=False, max_length=200
    )
    client = serializers.UUIDField(required=False, allow_null=True, help_text="only in the documents of this client")
    project = serializers.UUIDField(required=False, allow_null=True, help_text="only in the documents of this project")
    top_k = serializers.IntegerField(min_value=1, max_value=20, required=False, default=6)
    language = serializers.ChoiceField(choices=["fr", "en"], required=False, allow_null=True)
    prefer = serializers.ChoiceField(
        choices=["quality", "speed"],
        required=False,
        default="quality",
        help_text="while another service has the GPU: quality waits for the language model (GPU_WAIT_SECONDS at most), "
        "speed is answered by extracts at once; `fallback_reason` is then gpu_busy",
    )


class BoxOut(serializers.Serializer[Any]):
    """On its page, in points from the top left; the page's size in points says how to scale it to a picture."""

    page = serializers.IntegerField()
    x0 = serializers.FloatField()
    y0 = serializers.FloatField()
    x1 = serializers.FloatField()
    y1 = serializers.FloatField()
    page_width = serializers.FloatField()
    page_height = serializers.FloatField()


class CitationOut(serializers.Serializer[Any]):
    label = serializers.CharField(help_text="[DOC:document-part]")  # type: ignore[assignment]
    document = serializers.UUIDField()
    title = serializers.CharField()
    part = serializers.IntegerField()
    page = serializers.IntegerField()
    boxes = BoxOut(many=True)
    quote = serializers.CharField(help_text="word for word")
    score = serializers.FloatField()


class SentenceOut(serializers.Serializer[Any]):
    text = serializers.CharField()
    grounded = serializers.BooleanField(help_text="whether the cited passages carry it")
    reason = serializers.CharField(
        help_text="what they lack: uncited, unsupported, quote, denial, number, date, name; empty when grounded"
    )
    citations = serializers.ListField(child=serializers.IntegerField(), help_text="numbers in `citations`, from 0")


class SourceOut(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    document = serializers.UUIDField()
    title = serializers.CharField()
    part = serializers.IntegerField()
    page = serializers.IntegerField()
    score = serializers.FloatField()
    similarity = serializers.FloatField()


class ProposalBrief(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    status = serializers.CharField()
    reading = serializers.CharField(help_text="what it does, in the caller's language")
    sql = serializers.CharField()
    tables = serializers.ListField(child=serializers.CharField())
    refusal = RefusalOut(allow_null=True)


class AnswerOut(serializers.Serializer[Any]):
    answer = serializers.CharField()
    sentences = SentenceOut(many=True)
    citations = CitationOut(many=True)
    sources = SourceOut(many=True)
    confidence = serializers.FloatField()
    engine = serializers.CharField(help_text="model, or extractive: sentences of the documents")
    model = serializers.CharField(help_text="name of the language model, if it answered")
    fallback_reason = serializers.CharField(help_text="why no model answered; empty when one did or was not needed")
    forbidden = serializers.BooleanField(help_text="rights hid documents that might answer")
    stopped = serializers.BooleanField()
    language = serializers.CharField()
    engines = serializers.ListField(
        child=serializers.CharField(), help_text='what searched: without "dense" the embedding service was away'
    )
    conversation = serializers.UUIDField()
    message = serializers.UUIDField()
    job = serializers.UUIDField()
    proposal = ProposalBrief(allow_null=True, help_text="a statement on the organization's data, see /proposals/")


class ConversationOut(serializers.ModelSerializer[Conversation]):
    class Meta:
        model = Conversation
        fields = read_only_fields = ["id", "title", "created_at", "updated_at"]


class ConversationChange(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=120)


class MessageOut(serializers.ModelSerializer[Message]):
    citations = CitationOut(many=True)
    sentences = SentenceOut(many=True)
    sources = serializers.SerializerMethodField(help_text="those that may still be seen")
    job = serializers.UUIDField(source="llm_job_id", allow_null=True)
    proposal = serializers.SerializerMethodField(help_text="as it is now")

    class Meta:
        model = Message
        fields = ["id", "role", "text", "status", "sentences", "citations", "sources", "engine", "model",
                  "fallback_reason", "forbidden", "confidence", "job", "proposal", "created_at"]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(SourceOut(many=True))
    def get_sources(self, message: Message) -> list[dict[str, Any]]:
        titles = self.context["titles"]
        return [each | {"title": titles[each["document"]]} for each in message.sources if each["document"] in titles]

    @extend_schema_field(ProposalBrief(allow_null=True))
    def get_proposal(self, message: Message) -> dict[str, Any] | None:
        return None if message.proposal is None else in_brief(self.context["caller"], message.proposal)
