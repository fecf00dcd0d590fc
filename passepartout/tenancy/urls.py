from django.urls import path

from . import views

urlpatterns = [
    path("auth/token/", views.TokenView.as_view(), name="token"),
    path("auth/refresh/", views.RefreshView.as_view(), name="refresh"),
    path("auth/logout/", views.LogoutView.as_view(), name="logout"),
    path("auth/password/reset/", views.PasswordResetView.as_view(), name="password-reset"),
    path("auth/password/reset/confirm/", views.PasswordResetConfirmView.as_view(), name="password-reset-confirm"),
    path("auth/first-owner/", views.FirstOwnerView.as_view(), name="first-owner"),
    path("me/", views.MeView.as_view(), name="me"),
    path("members/", views.MembersView.as_view(), name="members"),
    path("members/<uuid:pk>/", views.MemberView.as_view(), name="member"),
    path("api-keys/", views.ApiKeysView.as_view(), name="api-keys"),
    path("api-keys/<uuid:pk>/", views.ApiKeyView.as_view(), name="api-key"),
]
