"""Ask, and what was asked before."""

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from passepartout.kernel.rest.pagination import TimeCursorPagination
from passepartout.tenancy.rest import ScopedView

from . import selectors, services
from . import serializers as shapes
from .live import request_stop
from .models import Conversation, Message
from .sse import CONTENT_TYPE, streamed
from .streaming import asking


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


class EventStreamRenderer(JSONRenderer):
    """So that a client may ask for events alone; problems are JSON all the same."""

    media_type = CONTENT_TYPE
    format = "sse"


class AskStreamView(ScopedView):
    resource = "ask"
    verbs = {"post": "use"}
    in_transaction = False
    renderer_classes = [JSONRenderer, EventStreamRenderer]

    @extend_schema(request=shapes.AskIn, responses={(200, "text/event-stream"): OpenApiTypes.STR})
    def post(self, request: Request) -> HttpResponseBase:
        """As `ask/`, in server-sent events: `sources`; `waiting` (`position`, `eta_seconds`, `holder`) while the model
        waits for the GPU; `delta` (`text`, and `replace` when it takes the place of all
        before); at the end `final`, which is what `ask/` answers, or `error`, a problem. Whatever is wrong before the
        first event is answered as a problem. Closing the connection, or `ask/{id}/stop/`, frees the model.
        """
        form = shapes.AskIn(data=request.data)
        form.is_valid(raise_exception=True)
        wishes = dict(form.validated_data)
        opened = services.open_question(self.caller, wishes.pop("question"), **wishes)
        return streamed(asking(self.caller, opened))


class AskStopView(ScopedView):
    resource = "ask"
    verbs = {"post": "use"}

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: UUID) -> Response:
        """Stop one of your answers while it streams; what was said is kept. One that is over stays as it is."""
        request_stop(selectors.message_of(self.caller, self.ident()).pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


class RecentlyUsed(TimeCursorPagination):
    ordering = ("-updated_at", "-id")


class ConversationsView(ScopedView, generics.ListAPIView[Conversation]):
    resource = "ask"
    verbs = {"get": "use"}
    queryset = Conversation.objects.none()
    serializer_class = shapes.ConversationOut
    pagination_class = RecentlyUsed

    def get_queryset(self) -> Any:
        return selectors.conversations_of(self.caller, saying=self.request.query_params.get("q", ""))

    @extend_schema(parameters=[OpenApiParameter("q", str, description="words of the title or of the questions")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class ConversationView(ScopedView):
    resource = "ask"
    verbs = {"patch": "use", "delete": "use"}

    @extend_schema(request=shapes.ConversationChange, responses=shapes.ConversationOut)
    def patch(self, request: Request, pk: UUID) -> Response:
        """Rename a conversation."""
        form = shapes.ConversationChange(data=request.data)
        form.is_valid(raise_exception=True)
        renamed = services.rename_conversation(self.caller, self.ident(), **form.validated_data)
        return Response(shapes.ConversationOut(renamed).data)

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

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        messages = list(self.get_queryset())
        context = {"caller": self.caller, "titles": selectors.titles_of(self.caller, messages)}
        return Response(shapes.MessageOut(messages, many=True, context=context).data)
