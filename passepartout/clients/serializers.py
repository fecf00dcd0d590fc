from typing import Any

from rest_framework import serializers

from .models import Client, ClientContact, Project


class ClientOut(serializers.ModelSerializer[Client]):
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
