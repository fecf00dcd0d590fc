"""What the proposal endpoints take and give."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from passepartout.tenancy.models import Role

from . import selectors
from .analysis.text import LONGEST
from .models import Proposal


class ProposalIn(serializers.Serializer[Any]):
    sql = serializers.CharField(max_length=LONGEST, trim_whitespace=False)
    question = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class DecisionIn(serializers.Serializer[Any]):
    comment = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default="", help_text="a reason must be given to reject"
    )


class RefusalOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField(help_text="a sentence in the caller's language")


class ApprovalOut(serializers.Serializer[Any]):
    by = serializers.UUIDField(allow_null=True, help_text="null: the organization's policy let a read run at once")
    at = serializers.DateTimeField()
    comment = serializers.CharField()


class PreviewOut(serializers.Serializer[Any]):
    """Rows by key, with the columns that the change touches. A new row has no key yet."""

    before = serializers.ListField(child=serializers.DictField())
    after = serializers.ListField(child=serializers.DictField())


class ResultOut(serializers.Serializer[Any]):
    """Of a read: columns, rows, truncated, milliseconds. Of a change: the rows before and after."""

    columns = serializers.ListField(child=serializers.CharField(), required=False)
    rows = serializers.ListField(child=serializers.ListField(), required=False)
    truncated = serializers.BooleanField(required=False)
    milliseconds = serializers.IntegerField(required=False)
    before = serializers.ListField(child=serializers.DictField(), required=False)
    after = serializers.ListField(child=serializers.DictField(), required=False)


class ProposalLine(serializers.ModelSerializer[Proposal]):
    reading = serializers.SerializerMethodField(help_text="what it does, in the caller's language")
    refusal = serializers.SerializerMethodField()
    tables = serializers.ListField(child=serializers.CharField())
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Proposal
        fields = ["id", "kind", "status", "risk", "source", "requester", "question", "reading", "sql", "tables",
                  "estimated_rows", "refusal", "expires_at", "executed_at", "created_at",
                  "allowed_actions"]  # fmt: skip

    def get_reading(self, proposal: Proposal) -> str:
        return selectors.in_language(self.context["caller"], proposal.reading)

    @extend_schema_field(RefusalOut(allow_null=True))
    def get_refusal(self, proposal: Proposal) -> dict[str, str] | None:
        return selectors.refusal_of(self.context["caller"], proposal)

    def get_allowed_actions(self, proposal: Proposal) -> list[str]:
        return selectors.actions_offered(self.context["caller"], proposal)


class ProposalOut(ProposalLine):
    preview = PreviewOut(allow_null=True)
    approvals = serializers.SerializerMethodField()
    result = ResultOut(allow_null=True)
    llm_job = serializers.UUIDField(
        source="llm_job_id", allow_null=True, read_only=True, help_text="the call of a model that wrote it"
    )

    class Meta(ProposalLine.Meta):
        fields = [*ProposalLine.Meta.fields, "llm_job", "sha256", "preview", "approvals", "decided_by", "decided_at",
                  "comment", "result"]  # fmt: skip

    @extend_schema_field(ApprovalOut(many=True))
    def get_approvals(self, proposal: Proposal) -> Any:
        return ApprovalOut(selectors.approvals_of(proposal), many=True).data


class PolicyShape(serializers.Serializer[Any]):
    reads_at_once = serializers.ListField(
        child=serializers.ChoiceField(choices=Role.choices),
        help_text="roles whose reads run without an approval; changes always wait for another administrator",
    )
