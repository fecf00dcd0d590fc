"""OpenAPI: every operation documents the problem answer."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers


class ProblemField(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457. ``code`` is stable; ``detail`` is for people."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        # Serializer has an attribute of this name, so it cannot be declared like the others.
        return {**super().get_fields(), "errors": ProblemField(many=True, required=False)}


class ProblemSchema(AutoSchema):
    def _get_response_bodies(self, *args: Any, **kwargs: Any) -> Any:
        bodies = super()._get_response_bodies(*args, **kwargs)
        answer: Any = self._get_response_for_code(  # type: ignore[no-untyped-call]
            OpenApiResponse(Problem, "Problem"), "default", media_types=["application/problem+json"]
        )
        return {**bodies, "default": answer}
