from django.urls import path

from . import views

urlpatterns = [
    path("golden-questions/", views.GoldenQuestionsView.as_view(), name="golden-questions"),
    path("golden-questions/<uuid:pk>/", views.GoldenQuestionView.as_view(), name="golden-question"),
    path("golden-runs/", views.GoldenRunsView.as_view(), name="golden-runs"),
    path("golden-runs/<uuid:pk>/", views.GoldenRunView.as_view(), name="golden-run"),
    path("golden-runs/<uuid:pk>/actions/<action>/", views.GoldenRunActionView.as_view(), name="golden-run-action"),
    path("retrieval-test/", views.RetrievalTestView.as_view(), name="retrieval-test"),
]
