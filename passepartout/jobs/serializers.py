from rest_framework import serializers

from .models import Job


class JobOut(serializers.ModelSerializer[Job]):
    class Meta:
        model = Job
        fields = ["id", "kind", "state", "step", "done", "total", "attempt", "subject_id", "error_code", "error_detail",
                  "created_at", "started_at", "finished_at"]  # fmt: skip
