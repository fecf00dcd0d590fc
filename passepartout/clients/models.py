"""The people and companies our users work for. Personal fields are encrypted; exact search by blind index."""

from django.db import models

from passepartout.kernel.fields import BlindIndexField, EncryptedTextField
from passepartout.kernel.rls import TenantReference
from passepartout.kernel.tenant import TenantModel


class Client(TenantModel):
    class Kind(models.TextChoices):
        PERSON = "person"
        COMPANY = "company"

    class Status(models.TextChoices):
        ACTIVE = "active"
        ARCHIVED = "archived"
        ANONYMISED = "anonymised"

    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.COMPANY)
    name = EncryptedTextField()
    name_index = BlindIndexField(source="name")
    email = EncryptedTextField(blank=True, default="")
    email_index = BlindIndexField(source="email")
    phone = EncryptedTextField(blank=True, default="")
    phone_index = BlindIndexField(source="phone")
    address = EncryptedTextField(blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    vat = models.CharField(max_length=20, blank=True, default="")
    tags = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        db_table = "clients"
        indexes = [
            models.Index(fields=["org", "-created_at", "-id"], name="clients_recent"),
            models.Index(fields=["org", "name_index"], name="clients_by_name"),
            models.Index(fields=["org", "email_index"], name="clients_by_email"),
            models.Index(fields=["org", "phone_index"], name="clients_by_phone"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ClientContact(TenantModel):
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="contacts", db_constraint=False)
    name = EncryptedTextField()
    email = EncryptedTextField(blank=True, default="")
    email_index = BlindIndexField(source="email")
    phone = EncryptedTextField(blank=True, default="")
    phone_index = BlindIndexField(source="phone")
    role = models.CharField(max_length=100, blank=True, default="")
    is_beneficiary = models.BooleanField(default=False)
    is_payer = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        db_table = "client_contacts"
        constraints = [*TenantModel.Meta.constraints, TenantReference(field="client", name="client_contacts_client")]

    def __str__(self) -> str:
        return str(self.pk)


class Project(TenantModel):
    class Kind(models.TextChoices):
        PROPERTY_MANAGEMENT = "property_mgmt"
        CORPORATE = "corporate"
        TRANSPORT_CONTRACT = "transport_contract"
        EVENT = "event"

    class Status(models.TextChoices):
        OPEN = "open"
        ON_HOLD = "on_hold"
        CLOSED = "closed"

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="projects", db_constraint=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.OPEN)
    manager_id = models.UUIDField(null=True, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        db_table = "projects"
        constraints = [*TenantModel.Meta.constraints, TenantReference(field="client", name="projects_client")]
        indexes = [models.Index(fields=["org", "-created_at", "-id"], name="projects_recent")]

    def __str__(self) -> str:
        return str(self.pk)
