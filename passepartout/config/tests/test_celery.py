"""Which process does what the clock asks for."""

import os
import subprocess
import sys

import pytest

from passepartout.config.celery import NICENESS, app

LEAST_URGENT = 19

SCHEDULES = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}
OFTEN = {task for task, every in SCHEDULES.items() if isinstance(every, float) and every < 60}


@pytest.mark.parametrize("task", sorted(OFTEN))
def test_what_is_due_every_few_seconds_never_waits_behind_a_long_document(task):
    assert app.amqp.router.route({}, task)["queue"].name == "events"


def test_what_takes_long_does_not_keep_the_courier():
    assert app.amqp.router.route({}, "documents.index")["queue"].name == "default"
    assert app.amqp.router.route({}, "privacy.retain")["queue"].name == "default"


def test_processes_that_index_give_way_to_those_that_answer():
    asked = (
        "import os, passepartout.config.celery; from celery.signals import worker_process_init as started; "
        "started.send(None); print(os.nice(0))"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert int(said) == min(os.nice(0) + NICENESS, LEAST_URGENT)
