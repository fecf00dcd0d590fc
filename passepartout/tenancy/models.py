"""Who works here: users (global), organizations, memberships, keys."""

from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from passepartout.kernel.ids import new_id
from passepartout.kernel.rls import TENANT, TenantRLS
from passepartout.kernel.tenant import TenantManager, TenantModel

# Before an organization is chosen, a known user sees own memberships and the organizations behind them.
OWN_MEMBERSHIPS = f"{TENANT} OR ((SELECT app_current_org()) IS NULL AND user_id = (SELECT app_current_user()))"
OWN_ORGANIZATIONS = (
    "id = (SELECT app_current_org()) OR ((SELECT app_current_org()) IS NULL AND id IN "
    "(SELECT m.org_id FROM memberships m WHERE m.user_id = (SELECT app_current_user())))"
)


GHOST = "demo@passepartout.invalid"  # owns the demo until somebody real does; inactive, can never sign in


class Role(models.TextChoices):
    """The eight roles; what each may do is in matrix.py."""

    ORG_ADMIN = "org_admin"
    MANAGER = "manager"
    CONCIERGE = "concierge"
    WAREHOUSE = "warehouse_operator"
    DRIVER = "driver"
    CLIENT_PORTAL = "client_portal"
    PROVIDER_PORTAL = "provider_portal"
    AUDITOR = "auditor"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in; global, because one person may work for several organizations."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)  # lower case, so that one address is one person
    display_name = models.CharField(max_length=150, blank=True)
    locale = models.CharField(max_length=8, default="fr")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    org: "Organization | None" = None  # the organization of the present request, set by the authentication

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        db_table = "users"
        constraints = [models.CheckConstraint(condition=models.Q(email=Lower("email")), name="users_email_lower")]

    def __str__(self) -> str:
        return str(self.pk)


class Organization(models.Model):
    class Kind(models.TextChoices):
        CONCIERGERIE = "conciergerie"
        LOGISTIQUE = "logistique"
        BOTH = "both"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.BOTH)
    country = models.CharField(max_length=2, default="FR")
    timezone = models.CharField(max_length=64, default="Europe/Paris")
    locale = models.CharField(max_length=8, default="fr")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[TenantManager] = TenantManager()

    class Meta:
        db_table = "organizations"
        base_manager_name = "objects"
        constraints = [TenantRLS(name="organizations_rls", using=OWN_ORGANIZATIONS)]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def zone(self) -> ZoneInfo:
        """Where its days begin; UTC when its time zone is none that this machine knows."""
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")


class Membership(TenantModel):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=32, choices=Role.choices)
    client_id = models.UUIDField(null=True, blank=True)  # the client that a portal member stands for
    active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        db_table = "memberships"
        constraints = [
            TenantRLS(name="%(app_label)s_%(class)s_rls", using=OWN_MEMBERSHIPS),
            *TenantModel.Meta.constraints[1:],
            models.UniqueConstraint(fields=["org", "user"], name="memberships_user"),
        ]
        indexes = [models.Index(fields=["user"], name="memberships_by_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class EncryptionKey(TenantModel):
    """A key of the organization, wrapped by FIELD_ENCRYPTION_KEY. Deleting its keys erases what they encrypt.

    ``fields`` encrypts personal columns, ``index`` makes their blind indexes. While a key is replaced (rotation.py),
    the former one, with ``replaced_at``, still reads.
    """

    class Purpose(models.TextChoices):
        FIELDS = "fields"
        INDEX = "index"

    key_id = models.BinaryField(max_length=8)
    wrapped = models.BinaryField()
    purpose = models.CharField(max_length=8, choices=Purpose.choices, default=Purpose.FIELDS)
    replaced_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        db_table = "encryption_keys"
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["org", "purpose"], name="encryption_keys_current", condition=models.Q(replaced_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.org_id} {self.purpose}"


class ApiKey(TenantModel):
    """A key for programs: acts as its creator, within ``scopes``; only its sha256 is kept."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        db_table = "api_keys"

    def __str__(self) -> str:
        return self.prefix


class RefreshToken(models.Model):
    """One link of a family of refresh tokens: used once; a second use revokes the whole family (RFC 9700, 4.14.2)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    family = models.UUIDField(db_index=True)
    organization_id = models.UUIDField()
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "refresh_tokens"

    def __str__(self) -> str:
        return str(self.pk)
