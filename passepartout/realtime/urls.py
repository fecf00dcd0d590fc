from django.urls import path

from . import views

urlpatterns = [path("realtime/tickets/", views.TicketsView.as_view(), name="realtime-tickets")]
