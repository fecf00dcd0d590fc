from django.urls import path

from . import views

urlpatterns = [
    path("clients/", views.ClientsView.as_view(), name="clients"),
    path("clients/<pk>/", views.ClientView.as_view(), name="client"),
    path("clients/<pk>/contacts/", views.ContactsView.as_view(), name="client-contacts"),
    path("projects/", views.ProjectsView.as_view(), name="projects"),
    path("projects/<pk>/", views.ProjectView.as_view(), name="project"),
]
