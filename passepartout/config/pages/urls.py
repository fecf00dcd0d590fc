from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.sign_in, name="sign-in"),
    path("password/", views.forgotten, name="password-forgotten"),
    path("password/<ident>/<token>/", views.choose_password, name="password-choose"),
    path("first-run/<token>/", views.first_administrator, name="first-run"),
    path("language/<code>/", views.choose_language, name="language"),
]
