"""What the identity endpoints take and give."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from .matrix import HIDDEN, SCOPES
from .models import ApiKey, Membership, Organization, Role, User


class SignInIn(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=256, trim_whitespace=False)
    organization = serializers.UUIDField(required=False)


class OrganizationOut(serializers.ModelSerializer[Organization]):
    class Meta:
        model = Organization
        fields = ["id", "name", "kind", "country", "timezone", "locale"]


class UserOut(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "email", "display_name", "locale"]


class AbilitiesField(serializers.DictField):
    child = serializers.ListField(child=serializers.CharField())


class SessionOut(serializers.Serializer[Any]):
    """``access`` goes into ``Authorization: Bearer``; the refresh token is a cookie that scripts cannot read."""

    access = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="seconds")
    organization = OrganizationOut()
    role = serializers.ChoiceField(choices=Role.choices)
    abilities = AbilitiesField()


class MembershipSummary(serializers.ModelSerializer[Membership]):
    organization = OrganizationOut(source="org")

    class Meta:
        model = Membership
        fields = ["organization", "role"]


class MeOut(serializers.Serializer[Any]):
    user = UserOut()
    organization = OrganizationOut()
    role = serializers.ChoiceField(choices=Role.choices)
    abilities = AbilitiesField()
    memberships = MembershipSummary(many=True)


class MeChange(serializers.Serializer[Any]):
    locale = serializers.ChoiceField(choices=["fr", "en"])


class PasswordResetIn(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)


class PasswordResetConfirmIn(serializers.Serializer[Any]):
    ident = serializers.CharField(max_length=100)
    token = serializers.CharField(max_length=200)
    password = serializers.CharField(max_length=256, trim_whitespace=False)


class FirstOwnerIn(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=200)
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=256, trim_whitespace=False)
    organization = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=Organization.Kind.choices, default=Organization.Kind.BOTH)
    locale = serializers.ChoiceField(choices=["fr", "en"], default="fr")


class MemberOut(serializers.ModelSerializer[Membership]):
    """With ``names`` in the context: who works here, and as what; addresses and dates stay out."""

    user = UserOut()

    def to_representation(self, instance: Membership) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if self.context.get("names"):
            shown["user"] = {**shown["user"], "email": HIDDEN}
            shown |= {"client_id": None, "expires_at": None}
        return shown

    class Meta:
        model = Membership
        fields = ["id", "user", "role", "client_id", "active", "expires_at", "created_at"]


class MemberIn(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=Role.choices)
    display_name = serializers.CharField(max_length=150, required=False, default="", allow_blank=True)
    client_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class MemberChange(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    active = serializers.BooleanField(required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class ApiKeyOut(serializers.ModelSerializer[ApiKey]):
    class Meta:
        model = ApiKey
        fields = ["id", "name", "prefix", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at"]


class ApiKeyIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES), min_length=1)
    expires_at = serializers.DateTimeField()


class ApiKeyCreated(ApiKeyOut):
    key = serializers.SerializerMethodField(help_text="shown this once")

    class Meta(ApiKeyOut.Meta):
        fields = [*ApiKeyOut.Meta.fields, "key"]

    @extend_schema_field(serializers.CharField())
    def get_key(self, _row: ApiKey) -> str:
        return str(self.context["key"])
