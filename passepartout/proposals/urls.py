from django.urls import path

from . import views

urlpatterns = [
    path("proposals/", views.ProposalsView.as_view(), name="proposals"),
    path("proposals/<uuid:pk>/", views.ProposalView.as_view(), name="proposal"),
    path("proposals/<uuid:pk>/actions/<action>/", views.ActionView.as_view(), name="proposal-action"),
    path("sql-policy/", views.PolicyView.as_view(), name="sql-policy"),
]
