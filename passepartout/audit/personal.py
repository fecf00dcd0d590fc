"""What the audit log keeps of a person: ids of what they did and of what was theirs, which lead to nobody any more."""

from django.db.models import Q

from passepartout.kernel.personal import Kept, Subject

from .models import AuditLog


def lines_about(subject: Subject) -> int:
    """In a tenant transaction."""
    objects = {str(ident) for ident in (*subject.clients, *subject.users, *subject.documents)}
    return int(AuditLog.objects.filter(Q(user_id__in=subject.users) | Q(object_id__in=objects)).count())


AUDIT_LOGS = Kept("audit_logs", "accountability", lines_about)
