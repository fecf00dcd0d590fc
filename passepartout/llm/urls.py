from django.urls import path

from . import views

urlpatterns = [
    path("llm-jobs/", views.LlmJobsView.as_view(), name="llm-jobs"),
    path("llm-jobs/<uuid:pk>/", views.LlmJobView.as_view(), name="llm-job"),
    path("llm-jobs/<uuid:pk>/replay/", views.LlmJobReplayView.as_view(), name="llm-job-replay"),
    path("engines/", views.EnginesView.as_view(), name="engines"),
    path("llm/run/", views.LlmRunView.as_view(), name="llm-run"),
    path("prompts/", views.PromptsView.as_view(), name="prompts"),
    path("prompts/<key>/versions/", views.PromptVersionsView.as_view(), name="prompt-versions"),
    path("prompts/<key>/versions/<int:number>/test/", views.PromptTestView.as_view(), name="prompt-test"),
    path("prompts/<key>/diff/", views.PromptDiffView.as_view(), name="prompt-diff"),
    path("prompts/<key>/labels/<label>/", views.PromptLabelView.as_view(), name="prompt-label"),
]
