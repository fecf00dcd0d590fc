"""What golden questions, runs and the retrieval test take and give."""

from typing import Any

from rest_framework import serializers

from passepartout.documents.retrieval import LONGEST_QUESTION

from .models import GoldenQuestion, GoldenRun


class PlaceShape(serializers.Serializer[Any]):
    document = serializers.UUIDField()
    page = serializers.IntegerField(min_value=1, max_value=100_000, required=False, allow_null=True, default=None)
    words = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class GoldenQuestionIn(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=LONGEST_QUESTION)
    language = serializers.ChoiceField(choices=["fr", "en"])
    expected = serializers.ListField(
        child=PlaceShape(), max_length=20, help_text="any of these answers it; none: it cannot be answered"
    )


class GoldenQuestionOut(serializers.ModelSerializer[GoldenQuestion]):
    expected = PlaceShape(many=True)

    class Meta:
        model = GoldenQuestion
        fields = ["id", "question", "language", "expected", "created_by", "created_at"]


class ScoresOut(serializers.Serializer[Any]):
    recall_at_5 = serializers.FloatField()
    ndcg_at_10 = serializers.FloatField()
    answered_right = serializers.FloatField()
    cited_right = serializers.FloatField()
    questions = serializers.IntegerField()


class OutcomeOut(serializers.Serializer[Any]):
    question = serializers.UUIDField()
    answerable = serializers.BooleanField()
    rank = serializers.IntegerField(help_text="of the first expected place, from 1; 0: not found")
    answered_right = serializers.BooleanField()
    cited_right = serializers.BooleanField()
    engine = serializers.CharField()


class GoldenRunOut(serializers.ModelSerializer[GoldenRun]):
    scores = ScoresOut(allow_null=True)
    results = OutcomeOut(many=True)
    fell = serializers.ListField(child=serializers.CharField(), help_text="scores worse than the baseline's")

    class Meta:
        model = GoldenRun
        fields = ["id", "status", "change", "subject", "scores", "results", "baseline", "fell", "reason", "user_id",
                  "created_at", "finished_at", "accepted_at", "overridden_at", "used_at"]  # fmt: skip


class RunActionIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class CandidateOut(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    document = serializers.UUIDField()
    title = serializers.CharField()
    part = serializers.IntegerField()
    page = serializers.IntegerField()
    text = serializers.CharField()
    score = serializers.FloatField(help_text="what it is ranked by")
    similarity = serializers.FloatField(allow_null=True, help_text="cosine of its best window; null: not among them")
    share = serializers.FloatField(allow_null=True, help_text="of the question's words; null: has none of them")
    named = serializers.BooleanField(help_text="holds a number of the question")


class RetrievalTestOut(serializers.Serializer[Any]):
    query = serializers.CharField()
    language = serializers.CharField()
    model = serializers.CharField(help_text='"" while the embedding service is away')
    formula = serializers.CharField()
    words = serializers.ListField(child=serializers.DictField(child=serializers.FloatField()))
    candidates = CandidateOut(many=True)
