"""An organization at its limit, or in the middle of its own transaction, holds up nobody else."""

import threading
import time

import pytest
from django.db import connection

from passepartout.billing import services
from passepartout.billing.models import UsageRow
from passepartout.billing.plans import ENTERPRISE, FREE, PLANS
from passepartout.kernel.errors import LimitReached
from passepartout.kernel.scope import tenant

pytestmark = pytest.mark.django_db(transaction=True)


def in_thread(work):
    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_transaction_that_holds_a_meter_holds_up_its_own_organization_alone(alice, charlie):
    took, end = threading.Event(), threading.Event()

    def hold():
        with tenant(alice.organization.pk):
            services.check_limit("documents")
            services.use("documents")
            services.meter("asks_per_day")
            took.set()
            end.wait(20)

    holder = in_thread(hold)
    assert took.wait(20)
    with tenant(charlie.organization.pk):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '1s'")  # waiting for anybody is an error
        services.check_limit("documents")
        services.use("documents")
        services.meter("asks_per_day")
    end.set()
    holder.join()


def test_parallel_users_of_one_organization_never_pass_its_limit(alice, monkeypatch):
    monkeypatch.setitem(PLANS[ENTERPRISE].limits, "documents", 5)
    refused = []

    def one():
        try:
            with tenant(alice.organization.pk):
                services.check_limit("documents")
                services.use("documents")
        except LimitReached as error:
            refused.append(error)

    threads = [in_thread(one) for _ in range(20)]
    for thread in threads:
        thread.join()
    with tenant(alice.organization.pk):
        assert UsageRow.objects.get(resource="documents").amount == 5
    assert len(refused) == 15


def test_a_flood_of_refused_questions_does_not_slow_the_neighbour(api, alice, charlie, monkeypatch):
    monkeypatch.setitem(PLANS[FREE].limits, "asks_per_day", 0)
    services.set_plan(alice.organization.pk, FREE)
    noisy, quiet = api(alice), api(charlie)
    question = {"question": "À quelle heure ouvre la piscine ?"}
    quiet.post("/api/v1/ask/", question)

    def seconds():
        started = time.perf_counter()
        assert quiet.post("/api/v1/ask/", question).status_code == 200
        return time.perf_counter() - started

    alone = sorted(seconds() for _ in range(10))
    stop = threading.Event()
    statuses = set()

    def flood():
        while not stop.is_set():
            statuses.add(noisy.post("/api/v1/ask/", question).status_code)
            time.sleep(0.02)  # fifty a second: the tenant's own machine is not the one that is measured

    flooding = in_thread(flood)
    beside = sorted(seconds() for _ in range(10))
    stop.set()
    flooding.join()
    assert statuses == {429}
    assert beside[5] <= 2 * alone[5] + 0.1
