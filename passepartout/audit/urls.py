from django.urls import path

from . import views

urlpatterns = [
    path("audit/", views.AuditView.as_view(), name="audit"),
    path("audit/export/", views.AuditExportView.as_view(), name="audit-export"),
    path("audit/verification/", views.AuditVerificationView.as_view(), name="audit-verification"),
    path("audit/verify/", views.AuditVerifyView.as_view(), name="audit-verify"),
]
