from django.conf import settings
from django.urls import path, re_path

from . import app, views

urlpatterns = [
    path("", views.home, name="home"),
    path("simple/", views.simple_home, name="simple-home"),
    path("login/", views.sign_in, name="sign-in"),
    path("password/", views.forgotten, name="password-forgotten"),
    path("password/<ident>/<token>/", views.choose_password, name="password-choose"),
    path("first-run/<token>/", views.first_administrator, name="first-run"),
    path("language/<code>/", views.choose_language, name="language"),
]
if settings.FRONTEND_DIR:
    # Not otherwise: whatever is known here gets no slash appended.
    elsewhere = r"^(?!api/|ws/|static/|assets/|health/|metrics).+$"
    urlpatterns.append(re_path(elsewhere, app.somewhere, name="app"))
