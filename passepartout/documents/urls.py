from django.urls import path

from . import views

urlpatterns = [
    path("documents/", views.DocumentsView.as_view(), name="documents"),
    path("documents/<uuid:pk>/", views.DocumentView.as_view(), name="document"),
    path("documents/<uuid:pk>/status/", views.StatusView.as_view(), name="document-status"),
    path("documents/<uuid:pk>/file/", views.FileView.as_view(), name="document-file"),
    path("documents/<uuid:pk>/pages/<int:number>.png", views.PageView.as_view(), name="document-page"),
    path("documents/<uuid:pk>/chunks/", views.ChunksView.as_view(), name="document-chunks"),
    path("documents/<uuid:pk>/identifiers/", views.IdentifiersView.as_view(), name="document-identifiers"),
    path("documents/<uuid:pk>/actions/<action>/", views.ActionView.as_view(), name="document-action"),
    path("embeddings/", views.EmbeddingsView.as_view(), name="embeddings"),
    path("ocr/", views.OcrView.as_view(), name="ocr"),
    path("search/", views.SearchView.as_view(), name="search"),
]
