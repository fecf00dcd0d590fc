from typing import Any

from rest_framework import serializers


class TicketOut(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="seconds")
    path = serializers.CharField(help_text="open it with ?ticket=")
