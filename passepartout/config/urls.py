"""All addresses. Each app lists its own; nothing but wiring here."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from .health import live, ready
from .metrics import metrics
from .pages import errors

api: list[URLPattern | URLResolver] = [
    path("", include("passepartout.tenancy.urls")),
    path("", include("passepartout.audit.urls")),
    path("", include("passepartout.billing.urls")),
    path("", include("passepartout.clients.urls")),
    path("", include("passepartout.jobs.urls")),
    path("", include("passepartout.documents.urls")),
    path("", include("passepartout.llm.urls")),
    path("", include("passepartout.proposals.urls")),
    path("", include("passepartout.assistant.urls")),
    path("", include("passepartout.notifications.urls")),
    path("", include("passepartout.evaluation.urls")),
    path("", include("passepartout.privacy.urls")),
    path("", include("passepartout.realtime.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
]
first_plan: list[URLPattern | URLResolver] = [
    path("", include("passepartout.documents.aliases")),
    path("", include("passepartout.assistant.aliases")),
]
urlpatterns = [
    path("health/live", live),
    path("health/ready", ready),
    path("metrics", metrics),
    path("api/v1/", include(api)),
    path("api/ai/", include(first_plan)),
    path("", include("passepartout.config.pages.urls")),
]
handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
