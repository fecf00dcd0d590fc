"""What is stored: one row per different content of an organization."""

from django.db import models

from passepartout.kernel.tenant import TenantModel


class StoredObject(TenantModel):
    """Bytes in the object store. Documents with the same content share one; ``storage_path`` is the store's key."""

    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    mime = models.CharField(max_length=100)
    storage_path = models.CharField(max_length=200)

    class Meta(TenantModel.Meta):
        db_table = "stored_objects"
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["org", "sha256"], name="stored_objects_content"),
        ]

    def __str__(self) -> str:
        return self.sha256
