"""Clients, their contacts, their projects."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from passepartout.kernel.errors import NotFound
from passepartout.tenancy.rest import ScopedView

from . import selectors, services
from .models import Client, ClientContact, Project
from .serializers import ClientOut, ContactOut, ProjectOut


class ClientsView(ScopedView, generics.ListCreateAPIView[Client]):
    resource = "clients"
    queryset = Client.objects.none()
    serializer_class = ClientOut

    def get_queryset(self) -> Any:
        return selectors.clients_visible_to(self.caller, exactly=self.request.query_params.get("exactly", ""))

    @extend_schema(parameters=[OpenApiParameter("exactly", str, description="exact name, e-mail or phone, any case")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def perform_create(self, serializer: BaseSerializer[Client]) -> None:
        serializer.instance = services.create_client(**serializer.validated_data)


class ClientView(ScopedView, generics.RetrieveUpdateAPIView[Client]):
    """DELETE archives: erasure is a data-subject request, with its own receipt."""

    resource = "clients"
    queryset = Client.objects.none()
    serializer_class = ClientOut
    http_method_names = ["get", "patch", "delete", "options"]

    def get_object(self) -> Client:
        return selectors.client_visible_to(self.caller, self.ident())

    def perform_update(self, serializer: BaseSerializer[Client]) -> None:
        services.change(self.get_object(), **serializer.validated_data)
        serializer.instance = self.get_object()

    @extend_schema(responses={204: None})
    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        services.archive_client(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ContactsView(ScopedView, generics.ListCreateAPIView[ClientContact]):
    resource = "clients"
    queryset = ClientContact.objects.none()
    serializer_class = ContactOut

    def get_queryset(self) -> Any:
        return selectors.contacts(selectors.client_visible_to(self.caller, self.ident()).pk)

    def perform_create(self, serializer: BaseSerializer[ClientContact]) -> None:
        serializer.instance = services.create_contact(self.ident(), **serializer.validated_data)


class ProjectsView(ScopedView, generics.ListCreateAPIView[Project]):
    resource = "projects"
    queryset = Project.objects.none()
    serializer_class = ProjectOut

    def get_queryset(self) -> Any:
        return selectors.projects_visible_to(self.caller)

    def perform_create(self, serializer: BaseSerializer[Project]) -> None:
        values = dict(serializer.validated_data)
        serializer.instance = services.create_project(client=values.pop("client_id"), **values)


class ProjectView(ScopedView, generics.RetrieveUpdateAPIView[Project]):
    resource = "projects"
    queryset = Project.objects.none()
    serializer_class = ProjectOut
    http_method_names = ["get", "patch", "options"]

    def get_object(self) -> Project:
        found: Project | None = selectors.projects_visible_to(self.caller).filter(pk=self.ident()).first()
        if found is None:
            raise NotFound("There is no such project.")
        return found

    def perform_update(self, serializer: BaseSerializer[Project]) -> None:
        values = dict(serializer.validated_data)
        if "client_id" in values:
            selectors.client(values["client_id"])
        services.change(self.get_object(), **values)
        serializer.instance = self.get_object()
