"""GET /metrics."""

import pytest
from django.db import DatabaseError

from engines.accelerator import Claim
from passepartout.config import metrics
from tests.leases import taken

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("token", "shown"), [("", ""), ("", "Bearer "), ("right", ""), ("right", "Bearer wrong"), ("right", "Bearer ")]
)
def test_without_the_token_there_are_no_metrics(client, settings, token, shown):
    settings.METRICS_TOKEN = token
    assert client.get("/metrics", headers={"authorization": shown}).status_code == 404


def test_with_the_token_open_sockets_and_waiting_events_are_told_and_no_data(client, settings, alice):
    settings.METRICS_TOKEN = "right"
    answer = client.get("/metrics", headers={"authorization": "Bearer right"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "pp_open_sockets 0.0" in text
    assert "pp_events_waiting 0.0" in text
    assert str(alice.organization.pk) not in text


def test_without_the_database_the_process_still_tells_its_own_numbers(client, settings, monkeypatch):
    def away():
        raise DatabaseError

    settings.METRICS_TOKEN = "right"
    monkeypatch.setattr(metrics, "backlog", away)
    text = client.get("/metrics", headers={"authorization": "Bearer right"}).content.decode()
    assert "pp_events_waiting -1.0" in text
    assert "pp_open_sockets" in text


def test_the_metrics_tell_whether_the_gpu_is_busy(client, settings, leases):
    settings.METRICS_TOKEN = "right"
    taken(leases, "ocr")
    leases.take(Claim("speech"))
    text = client.get("/metrics", headers={"authorization": "Bearer right"}).content.decode()
    assert f'pp_gpu_busy{{device="{leases.device}"}} 1.0' in text
    assert f'pp_gpu_waiting{{device="{leases.device}"}} 1.0' in text
    for gauge in (metrics.GPU_BUSY, metrics.GPU_WAITING, metrics.GPU_HELD):
        gauge.clear()
