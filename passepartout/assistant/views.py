"""Ask, and what was asked before."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from passepartout.kernel.rest.pagination import TimeCursorPagination
from passepartout.tenancy.rest import ScopedView

from . import selectors, services
from . import serializers as shapes
from .models import Conversation, Message


class AskView(ScopedView):
    resource = "ask"
    verbs = {"post": "use"}
    in_transaction = False

    @extend_schema(request=shapes.AskIn, responses=shapes.AnswerOut)
    def post(self, request: Request) -> Response:
        """Ask the documents you may see. Every sentence of the answer is cited, or it says that it does not know."""
        form = shapes.AskIn(data=request.data)
        form.is_valid(raise_exception=True)
        wishes = dict(form.validated_data)
        exchange = services.ask(self.caller, wishes.pop("question"), **wishes)
        return Response(shapes.AnswerOut(exchange).data)


class RecentlyUsed(TimeCursorPagination):
    ordering = ("-updated_at", "-id")


class ConversationsView(ScopedView, generics.ListAPIView[Conversation]):
    resource = "ask"
    verbs = {"get": "use"}
    queryset = Conversation.objects.none()
    serializer_class = shapes.ConversationOut
    pagination_class = RecentlyUsed

    def get_queryset(self) -> Any:
        return selectors.conversations_of(self.caller)


class ConversationView(ScopedView):
    resource = "ask"
    verbs = {"delete": "use"}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Forget a conversation. The record of what engines answered stays, for the organization's audit."""
        selectors.conversation_of(self.caller, self.ident()).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class MessagesView(ScopedView, generics.ListAPIView[Message]):
    resource = "ask"
    verbs = {"get": "use"}
    queryset = Message.objects.none()
    serializer_class = shapes.MessageOut
    pagination_class = None

    def get_queryset(self) -> Any:
        return selectors.messages_in(selectors.conversation_of(self.caller, self.ident()))
