"""Bugs, refused commits, a database that is down: nothing half-written, no stack trace."""

from uuid import uuid4

import pytest
from django.core.signals import got_request_exception
from django.db import connection

from passepartout.clients import selectors, services
from passepartout.clients.models import Client, Project
from passepartout.kernel.errors import Conflict
from passepartout.kernel.rest.pagination import TimeCursorPagination
from passepartout.kernel.scope import tenant

from .answers import problem

pytestmark = pytest.mark.django_db
CLIENTS = "/api/v1/clients/"
TOKEN = "/api/v1/auth/token/"


@pytest.fixture
def _a_bug(monkeypatch):

    def broken(*args, **kwargs):
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(TimeCursorPagination, "paginate_queryset", broken)


@pytest.mark.usefixtures("_a_bug")
def test_a_bug_is_a_500_problem_without_a_word_about_the_code(api, alice):
    seen = []
    got_request_exception.connect(lambda **_: seen.append(1), weak=False, dispatch_uid="test")
    try:
        answer = api(alice).get(CLIENTS)
    finally:
        got_request_exception.disconnect(dispatch_uid="test")
    problem(answer, 500, "server_error")
    assert b"secret" not in answer.content
    assert b"ZeroDivision" not in answer.content
    assert seen == [1]


@pytest.mark.django_db(transaction=True)
def test_a_bug_after_a_write_undoes_the_write(api, alice, monkeypatch):

    create = services.create_client

    def create_and_fail(**values):
        create(**values)
        raise ZeroDivisionError

    monkeypatch.setattr(services, "create_client", create_and_fail)
    assert api(alice).post(CLIENTS, {"name": "half"}).status_code == 500
    with tenant(alice.organization.pk):
        assert Client.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_error_answer_after_a_write_undoes_the_write(api, alice, monkeypatch):

    create = services.create_client

    def create_and_refuse(**values):
        create(**values)
        raise Conflict

    monkeypatch.setattr(services, "create_client", create_and_refuse)
    problem(api(alice).post(CLIENTS, {"name": "half"}), 409, "conflict")
    with tenant(alice.organization.pk):
        assert Client.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_the_database_refuses_is_a_conflict_and_no_crash(api, alice, monkeypatch):
    """Composite keys are checked at commit, after DRF has made its answer."""

    def orphan(**values):
        return Project.objects.create(client_id=uuid4(), name="orphan", kind="event")

    monkeypatch.setattr(services, "create_project", orphan)
    answer = api(alice).post("/api/v1/projects/", {"client": str(uuid4()), "name": "x", "kind": "event"})
    problem(answer, 409, "integrity")


@pytest.mark.parametrize("path", [CLIENTS, TOKEN])
@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down_is_a_503_and_comes_back(api, alice, path):
    client = api(alice)
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = "1"
    try:
        body = {"email": alice.email, "password": alice.password}
        answer = client.post(path, body) if path == TOKEN else client.get(path)
        problem(answer, 503, "database_unavailable")
        assert answer["Retry-After"] == "5"
    finally:
        connection.close()
        connection.settings_dict["PORT"] = port
    assert client.get(CLIENTS).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_in_the_middle_of_a_request_is_a_503(api, alice, monkeypatch):

    def cut(**_):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    client = api(alice)
    with monkeypatch.context() as patch:
        patch.setattr(selectors, "clients", cut)
        problem(client.get(CLIENTS), 503, "database_unavailable")
    assert client.get(CLIENTS).status_code == 200
