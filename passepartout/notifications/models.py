"""What a user is told in the product, and how each wishes to be told. Both are their reader's alone, by policy."""

from django.db import models

from passepartout.kernel.rls import TENANT, TenantRLS
from passepartout.kernel.tenant import TenantModel
from passepartout.tenancy.models import User

OWN = f"{TENANT} AND user_id = (SELECT app_current_user())"


class OwnRows(TenantModel):
    """Rows of one user of one organization: nobody else's scope sees or writes them, not an administrator's either."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=64)

    class Meta(TenantModel.Meta):
        abstract = True
        constraints = [
            TenantRLS(name="%(app_label)s_%(class)s_rls", using=OWN),
            *TenantModel.Meta.constraints[1:],
        ]


class Notification(OwnRows):
    """``subject_id`` is what it is about; its name is read when it is shown, by those who still may see it."""

    event_id = models.UUIDField()
    subject_id = models.UUIDField()
    in_app = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta(OwnRows.Meta):
        db_table = "notifications"
        constraints = [
            *OwnRows.Meta.constraints,
            models.UniqueConstraint(fields=["org", "event_id", "user"], name="notifications_once"),
        ]
        indexes = [
            models.Index(fields=["org", "user", "-created_at", "-id"], name="notifications_recent"),
            models.Index(
                fields=["org", "user"], name="notifications_unread", condition=models.Q(read_at=None, in_app=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class Preference(OwnRows):
    """How a user wishes to be told of a kind; without a row, the kind's defaults hold."""

    in_app = models.BooleanField()
    email = models.BooleanField()

    class Meta(OwnRows.Meta):
        db_table = "notification_preferences"
        constraints = [
            *OwnRows.Meta.constraints,
            models.UniqueConstraint(fields=["org", "user", "kind"], name="notification_preferences_one"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"
