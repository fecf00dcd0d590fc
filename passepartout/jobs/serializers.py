from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engines.accelerator import Usage

from . import gpus
from .models import Job


class WaitingOut(serializers.Serializer[Any]):
    """A place before the GPU."""

    position = serializers.IntegerField(help_text="1 is next")
    eta_seconds = serializers.FloatField(help_text="an estimate")
    holder = serializers.CharField(help_text="the service that computes now; empty: nobody yet")


class JobOut(serializers.ModelSerializer[Job]):
    waiting = serializers.SerializerMethodField(help_text="where it waits for the GPU; null when it does not")

    class Meta:
        model = Job
        fields = ["id", "kind", "state", "step", "done", "total", "attempt", "subject_id", "error_code", "error_detail",
                  "waiting", "created_at", "started_at", "finished_at"]  # fmt: skip

    @cached_property
    def _usages(self) -> list[Usage | None]:
        """Asked for once, however long the list: it has one serializer for all its rows."""
        return gpus.usages()

    @extend_schema_field(WaitingOut(allow_null=True))
    def get_waiting(self, job: Job) -> dict[str, Any] | None:
        if job.state != "running":
            return None
        for usage in self._usages:
            if usage is not None and (place := usage.place_of(str(job.pk))):
                return {"position": place.position, "eta_seconds": round(place.eta, 1), "holder": place.holder}
        return None
