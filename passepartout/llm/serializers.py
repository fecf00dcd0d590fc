"""What the prompt endpoints take and give."""

from typing import Any

from rest_framework import serializers

from .prompts import LONGEST_TEMPLATE


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
