"""The JSON lines."""

import json
import logging
import sys

from django.db import IntegrityError

from passepartout.kernel import logs

SAID = "duplicate key\nDETAIL:  Key (email)=(alice@example.org) already exists.\nCONTEXT:  COPY users, line 1"


def line(**extra):
    record = logging.makeLogRecord({"name": "passepartout.x", "levelname": "INFO", "msg": "job %s", "args": ("ended",)})
    vars(record).update(extra)
    return json.loads(logs.JsonFormatter().format(record))


def test_values_that_the_database_repeats_in_its_errors_are_left_out():
    try:
        raise IntegrityError(SAID)
    except IntegrityError:
        written = line(exc_info=sys.exc_info())
    assert "duplicate key" in written["exception"]
    assert "CONTEXT" in written["exception"]
    assert "alice@example.org" not in written["exception"]


def test_the_request_object_is_never_written():
    assert "request" not in line(request="<WSGIRequest: GET '/?q=secret'>")


def test_what_is_given_as_extra_becomes_members():
    assert line(status=200)["status"] == 200


def test_the_ids_of_the_work_in_hand_are_in_every_line():
    tokens = logs.request_id.set("r-1"), logs.job_id.set("j-1"), logs.organization_id.set("o-1")
    try:
        written = line()
    finally:
        logs.request_id.reset(tokens[0])
        logs.job_id.reset(tokens[1])
        logs.organization_id.reset(tokens[2])
    assert (written["request_id"], written["job_id"], written["organization"]) == ("r-1", "j-1", "o-1")
    assert written["event"] == "job ended"
    assert "request_id" not in line()
