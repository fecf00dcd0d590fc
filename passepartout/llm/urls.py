from django.urls import path

from . import views

urlpatterns = [
    path("prompts/", views.PromptsView.as_view(), name="prompts"),
    path("prompts/<key>/versions/", views.PromptVersionsView.as_view(), name="prompt-versions"),
    path("prompts/<key>/labels/<label>/", views.PromptLabelView.as_view(), name="prompt-label"),
]
