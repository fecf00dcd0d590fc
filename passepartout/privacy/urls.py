from django.urls import path

from . import views

urlpatterns = [
    path("data-requests/", views.DataRequestsView.as_view(), name="data-requests"),
    path("data-requests/<uuid:pk>/", views.DataRequestView.as_view(), name="data-request"),
    path("data-requests/<uuid:pk>/items/", views.DataRequestItemsView.as_view(), name="data-request-items"),
    path("data-requests/<uuid:pk>/file/", views.DataRequestFileView.as_view(), name="data-request-file"),
    path(
        "data-requests/<uuid:pk>/actions/<action>/", views.DataRequestActionView.as_view(), name="data-request-action"
    ),
    path("retention/", views.RetentionView.as_view(), name="retention"),
]
