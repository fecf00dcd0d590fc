"""Which process does what the clock asks for."""

import pytest

from passepartout.config.celery import app

OFTEN = {entry["task"] for entry in app.conf.beat_schedule.values() if entry["schedule"] < 60}


@pytest.mark.parametrize("task", sorted(OFTEN))
def test_what_is_due_every_few_seconds_never_waits_behind_a_long_document(task):
    assert app.amqp.router.route({}, task)["queue"].name == "events"


def test_what_takes_long_does_not_keep_the_courier():
    assert app.amqp.router.route({}, "documents.index")["queue"].name == "default"
    assert app.amqp.router.route({}, "documents.purge")["queue"].name == "default"
