from typing import Any

from rest_framework import serializers

from passepartout.tenancy.matrix import HIDDEN, MASKED

from .models import Client, ClientContact, Project


def _masked(serializer: serializers.ModelSerializer[Any], shown: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Without these personal fields, where the caller's role is shown none."""
    view = serializer.context.get("view")
    if view is None or view.caller.shown("clients") != MASKED:
        return shown
    return shown | {name: HIDDEN for name in names if shown[name]}


class ClientOut(serializers.ModelSerializer[Client]):
    """A company's name is nobody's secret; a person's is personal."""

    def to_representation(self, instance: Client) -> dict[str, Any]:
        shown = super().to_representation(instance)
        person = ["name"] if instance.kind == Client.Kind.PERSON else []
        return _masked(self, shown, [*person, "email", "phone", "address"])

    class Meta:
        model = Client
        fields = ["id", "kind", "name", "email", "phone", "address", "country", "vat", "tags", "status", "created_at",
                  "updated_at"]  # fmt: skip
        read_only_fields = ["status"]

    name = serializers.CharField(max_length=200)
    email = serializers.EmailField(required=False, allow_blank=True)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    address = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    tags = serializers.ListField(child=serializers.CharField(max_length=50), max_length=50, required=False)


class ContactOut(serializers.ModelSerializer[ClientContact]):
    def to_representation(self, instance: ClientContact) -> dict[str, Any]:
        return _masked(self, super().to_representation(instance), ["name", "email", "phone"])

    class Meta:
        model = ClientContact
        fields = ["id", "name", "email", "phone", "role", "is_beneficiary", "is_payer", "created_at"]

    name = serializers.CharField(max_length=200)
    email = serializers.EmailField(required=False, allow_blank=True)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)


class ProjectOut(serializers.ModelSerializer[Project]):
    client = serializers.UUIDField(source="client_id")

    class Meta:
        model = Project
        fields = ["id", "client", "name", "kind", "status", "manager_id", "starts_on", "ends_on", "created_at",
                  "updated_at"]  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        starts = attrs.get("starts_on", getattr(self.instance, "starts_on", None))
        ends = attrs.get("ends_on", getattr(self.instance, "ends_on", None))
        if starts and ends and ends < starts:
            raise serializers.ValidationError({"ends_on": "The end lies before the start."})
        return attrs
