from django.urls import path

from . import views

urlpatterns = [
    path("ask/", views.AskView.as_view(), name="ask"),
    path("ask/stream/", views.AskStreamView.as_view(), name="ask-stream"),
    path("ask/<uuid:pk>/stop/", views.AskStopView.as_view(), name="ask-stop"),
    path("conversations/", views.ConversationsView.as_view(), name="conversations"),
    path("conversations/<uuid:pk>/", views.ConversationView.as_view(), name="conversation"),
    path("conversations/<uuid:pk>/messages/", views.MessagesView.as_view(), name="messages"),
]
