"""Reading what engines answered."""

from datetime import datetime

from .models import LlmJob


def asks_since(moment: datetime) -> int:
    """Questions that the organization in scope has asked since."""
    return int(LlmJob.objects.filter(purpose="ask", created_at__gte=moment).count())
