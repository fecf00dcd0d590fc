"""What the endpoints of people's requests and of retention take and give."""

from typing import Any

from rest_framework import serializers

from . import selectors
from .models import DATA_REQUEST, DataRequest, DataRequestItem


class SubjectIn(serializers.Serializer[Any]):
    """Whose data: at least one. ``names``: how else the person is written, two words at least each."""

    email = serializers.EmailField(required=False, allow_blank=True)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    names = serializers.ListField(child=serializers.CharField(max_length=200), max_length=10, required=False)
    client = serializers.UUIDField(required=False, allow_null=True)
    user = serializers.UUIDField(required=False, allow_null=True)


class DataRequestIn(serializers.Serializer[Any]):
    """``subject`` is ignored in a portal: one asks for oneself there."""

    kind = serializers.ChoiceField(choices=DataRequest.Kind.choices)
    subject = SubjectIn(required=False, default=dict)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class KeptOut(serializers.Serializer[Any]):
    what = serializers.CharField()
    because = serializers.CharField()
    count = serializers.IntegerField()


class ReceiptOut(serializers.Serializer[Any]):
    request = serializers.UUIDField()
    organization = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=DataRequest.Kind.choices)
    received_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField()
    requested_by = serializers.UUIDField(allow_null=True)
    confirmed_by = serializers.UUIDField(allow_null=True)
    done = serializers.DictField(child=serializers.IntegerField())
    kept = KeptOut(many=True)
    still_found = serializers.IntegerField(help_text="what a search after the end found besides")


class DataRequestOut(serializers.ModelSerializer[DataRequest]):
    """``subject`` and ``note`` are null for who does not decide on requests, and empty when it is over."""

    subject = serializers.SerializerMethodField()
    note = serializers.SerializerMethodField()
    found = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField()
    receipt = ReceiptOut(allow_null=True, read_only=True)
    downloadable = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=[(state, state) for state in DATA_REQUEST.states], read_only=True)

    class Meta:
        model = DataRequest
        fields = ["id", "kind", "status", "subject", "note", "requested_by", "decided_by", "decided_at", "due_on",
                  "refusal", "error_code", "found", "actions", "receipt", "receipt_sha256", "downloadable",
                  "expires_at", "finished_at", "created_at"]  # fmt: skip

    def get_subject(self, row: DataRequest) -> dict[str, Any] | None:
        return row.subject if selectors.reveals(self.context["caller"]) else None

    def get_note(self, row: DataRequest) -> str | None:
        return row.note if selectors.reveals(self.context["caller"]) else None

    def get_found(self, row: DataRequest) -> dict[str, int]:
        return selectors.counts_of(row)

    def get_actions(self, row: DataRequest) -> list[str]:
        return selectors.actions_offered(self.context["caller"], row)

    def get_downloadable(self, row: DataRequest) -> bool:
        return bool(row.storage_path)


class DataRequestItemOut(serializers.ModelSerializer[DataRequestItem]):
    """``label`` is empty for who does not decide on requests, and for what is not theirs to see."""

    label = serializers.SerializerMethodField()  # type: ignore[assignment]

    class Meta:
        model = DataRequestItem
        fields = ["id", "source", "object_id", "reason", "label", "given", "because", "state"]

    def get_label(self, row: DataRequestItem) -> str:
        return row.label if selectors.reveals(self.context["caller"]) else ""


class KeepIn(serializers.Serializer[Any]):
    item = serializers.UUIDField()
    because = serializers.ChoiceField(choices=DataRequestItem.Because.choices)


class DataRequestActionIn(serializers.Serializer[Any]):
    """``keep`` goes with confirm, ``refusal`` with refuse."""

    keep = KeepIn(many=True, required=False)
    refusal = serializers.ChoiceField(choices=DataRequest.Refusal.choices, required=False)


class RetentionOut(serializers.Serializer[Any]):
    """In days. ``chosen``: the organization's own number; otherwise the default holds."""

    name = serializers.CharField()
    days = serializers.IntegerField()
    chosen = serializers.BooleanField()
    default = serializers.IntegerField()
    least = serializers.IntegerField()
    most = serializers.IntegerField()


class RetentionIn(serializers.Serializer[Any]):
    """Days by the rule's name; null: the default again. What is not named stays."""

    rules = serializers.DictField(child=serializers.IntegerField(allow_null=True), allow_empty=False)
