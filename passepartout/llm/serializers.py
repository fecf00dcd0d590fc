"""What the endpoints of prompts and of recorded calls take and give."""

from typing import Any

from rest_framework import serializers

from .models import LlmJob
from .prompts import LANGUAGES, LONGEST_TEMPLATE, declared


class TemplateShape(serializers.Serializer[Any]):
    system = serializers.CharField(max_length=LONGEST_TEMPLATE, trim_whitespace=False)
    user = serializers.CharField(max_length=LONGEST_TEMPLATE, trim_whitespace=False)


class TemplatesShape(serializers.Serializer[Any]):
    """At least one language; the other stays the code's."""

    fr = TemplateShape(required=False)
    en = TemplateShape(required=False)


class SamplingShape(serializers.Serializer[Any]):
    temperature = serializers.FloatField(min_value=0, max_value=2, required=False)
    top_p = serializers.FloatField(min_value=0.01, max_value=1, required=False)
    max_tokens = serializers.IntegerField(min_value=16, max_value=4096, required=False)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class PromptVersionIn(serializers.Serializer[Any]):
    templates = TemplatesShape()
    parameters = SamplingShape(required=False)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class PromptVersionOut(serializers.Serializer[Any]):
    """``number`` 0 is the version that comes with the code."""

    number = serializers.IntegerField()
    templates = TemplatesShape()
    parameters = SamplingShape()
    sha256 = serializers.CharField()
    note = serializers.CharField()
    created_by = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField(allow_null=True)


class PromptIn(PromptVersionIn):
    key = serializers.ChoiceField(choices=list(declared()))


class LabelsShape(serializers.Serializer[Any]):
    production = serializers.IntegerField()
    staging = serializers.IntegerField()


class PromptMoveOut(serializers.Serializer[Any]):
    label = serializers.CharField(source="name")  # type: ignore[assignment]
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    note = serializers.CharField()
    warnings = serializers.ListField(child=serializers.CharField())
    moved_by = serializers.UUIDField()
    created_at = serializers.DateTimeField()


class PromptLabelOut(serializers.Serializer[Any]):
    """``version`` 0 is the one that comes with the code; ``moves`` newest first."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    version = serializers.IntegerField()
    moves = PromptMoveOut(many=True)


class PromptOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    required = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    optional = serializers.ListField(child=serializers.CharField())
    labels = LabelsShape()
    versions = PromptVersionOut(many=True)
    moves = PromptMoveOut(many=True)


class PromptMoveIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=0, max_value=10**6)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class LlmJobOut(serializers.ModelSerializer[LlmJob]):
    class Meta:
        model = LlmJob
        fields = ["id", "created_at", "user_id", "purpose", "engine", "model", "model_sha256", "status",
                  "fallback_reason", "prompt_key", "prompt_version", "prompt_sha256", "parameters", "confidence",
                  "tokens_in", "tokens_out", "latency_ms", "first_token_ms", "cost_estimate"]  # fmt: skip


class ShownOut(serializers.Serializer[Any]):
    """``visible`` false: the passage is gone, or not yours to see."""

    visible = serializers.BooleanField()
    label = serializers.CharField()  # type: ignore[assignment]
    document = serializers.CharField()
    title = serializers.CharField()
    part = serializers.IntegerField()
    address = serializers.CharField()
    changed = serializers.BooleanField(help_text="read again since: its text may be another now")


class MessageShape(serializers.Serializer[Any]):
    role = serializers.CharField()
    content = serializers.CharField()


class LlmJobDetailOut(serializers.Serializer[Any]):
    """``messages`` and ``result`` are null where ``withheld``: a passage behind them is gone or not yours to see."""

    job = LlmJobOut()
    withheld = serializers.BooleanField()
    context = ShownOut(many=True)  # type: ignore[assignment]
    messages = MessageShape(many=True, allow_null=True)
    result = serializers.CharField(allow_null=True)


class DifferenceOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["same", "changed", "added", "removed"])
    before = serializers.ListField(child=serializers.CharField())
    after = serializers.ListField(child=serializers.CharField())


class PromptTextDifference(serializers.Serializer[Any]):
    language = serializers.ChoiceField(choices=list(LANGUAGES))
    part = serializers.ChoiceField(choices=["system", "user"])
    lines = DifferenceOut(many=True)


class PromptParameterDifference(serializers.Serializer[Any]):
    """Null where a version does not give it."""

    name = serializers.CharField()
    before = serializers.FloatField(allow_null=True)
    after = serializers.FloatField(allow_null=True)


class PromptDiffOut(serializers.Serializer[Any]):
    """Only what differs. ``before`` and ``after`` are numbers of versions."""

    key = serializers.CharField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    same = serializers.BooleanField()
    templates = PromptTextDifference(many=True)
    parameters = PromptParameterDifference(many=True)


class PromptDiffIn(serializers.Serializer[Any]):
    """Without ``before``: the code's own version. Without ``after``: the one in production."""

    before = serializers.IntegerField(min_value=0, max_value=10**6, required=False, default=0)
    after = serializers.IntegerField(min_value=0, max_value=10**6, required=False)


class ReplayOut(serializers.Serializer[Any]):
    """``failure``: why the model gave nothing this time, "" when it did."""

    before = LlmJobDetailOut()
    job = LlmJobOut()
    text = serializers.CharField()
    failure = serializers.CharField()
    same = serializers.BooleanField()
    differences = DifferenceOut(many=True)


class FreePromptIn(serializers.Serializer[Any]):
    system = serializers.CharField(max_length=LONGEST_TEMPLATE, required=False, allow_blank=True, trim_whitespace=False)
    user = serializers.CharField(max_length=LONGEST_TEMPLATE, trim_whitespace=False)


class LibraryPromptIn(serializers.Serializer[Any]):
    """``version`` 0 is the one that comes with the code."""

    key = serializers.CharField(max_length=32)
    version = serializers.IntegerField(min_value=0, max_value=10**6, required=False, default=0)
    language = serializers.ChoiceField(choices=list(LANGUAGES), required=False, default="fr")


class VariablesField(serializers.DictField):
    child = serializers.CharField(max_length=LONGEST_TEMPLATE, allow_blank=True)


class PromptTestIn(serializers.Serializer[Any]):
    """``variables`` that are not given have the code's samples."""

    language = serializers.ChoiceField(choices=list(LANGUAGES), required=False, default="fr")
    variables = VariablesField(required=False, default=dict)


class PromptTestOut(serializers.Serializer[Any]):
    """``messages``: what the model was told. ``job.status`` failed: `job.fallback_reason` says why."""

    job = LlmJobOut()
    messages = MessageShape(many=True)
    text = serializers.CharField()


class LlmRunIn(serializers.Serializer[Any]):
    """Either ``messages`` or ``prompt`` with all the ``variables`` of its template."""

    messages = FreePromptIn(required=False)
    prompt = LibraryPromptIn(required=False)
    variables = VariablesField(required=False)
    parameters = SamplingShape(required=False)
    model = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class LlmRunOut(serializers.Serializer[Any]):
    """``job.status`` failed: `job.fallback_reason` says why, and ``text`` is what had been said."""

    job = LlmJobOut()
    text = serializers.CharField()


class GpuWaiterOut(serializers.Serializer[Any]):
    service = serializers.CharField()
    position = serializers.IntegerField(help_text="1 is next")
    eta_seconds = serializers.FloatField(help_text="an estimate")
    waited_seconds = serializers.FloatField()


class GpuOut(serializers.Serializer[Any]):
    device = serializers.CharField()
    known = serializers.BooleanField(help_text="false: the leases cannot be asked for, and nothing computes")
    busy = serializers.BooleanField(help_text="a service that asks now waits")
    holder = serializers.CharField(help_text="the service that computes; empty: none")
    held_seconds = serializers.FloatField()
    calls = serializers.IntegerField(help_text="calls of that service that compute together")
    settling_seconds = serializers.FloatField(help_text="nobody is let in for so long: Valkey was emptied")
    waiting = GpuWaiterOut(many=True)


class EnginesOut(serializers.Serializer[Any]):
    language_model = serializers.ChoiceField(choices=["off", "configured", "paused"])
    gpus = GpuOut(many=True)
