from django.urls import path

from . import views

urlpatterns = [
    path("clients/", views.ClientsView.as_view(), name="clients"),
    path("clients/<uuid:pk>/", views.ClientView.as_view(), name="client"),
    path("clients/<uuid:pk>/contacts/", views.ContactsView.as_view(), name="client-contacts"),
    path("projects/", views.ProjectsView.as_view(), name="projects"),
    path("projects/<uuid:pk>/", views.ProjectView.as_view(), name="project"),
]
