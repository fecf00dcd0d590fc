"""The platform's own processes as programs to supervise; PostgreSQL and Valkey make theirs in their modules."""

import os
import signal
import socket
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path

from embedded import commands
from embedded.environment import INHERITED
from embedded.programs import Program

ROOT = Path(__file__).resolve().parent.parent


def inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def inference_program(*, port: int, environment: Mapping[str, str]) -> Program:
    return Program(
        name=commands.INFERENCE,
        argv=tuple(commands.inference(host="127.0.0.1", port=port)),
        ready=lambda: answers_ok(f"http://127.0.0.1:{port}/health"),
        environment=environment,
        directory=ROOT,
    )


def llm_program(*, port: int, environment: Mapping[str, str]) -> Program:
    """Ready once the model is read: gigabytes, on a slow disk."""
    return Program(
        name=commands.LLM,
        argv=tuple(commands.llm(host="127.0.0.1", port=port)),
        ready=lambda: answers_ok(f"http://127.0.0.1:{port}/health"),
        environment=environment,
        directory=ROOT,
        ready_seconds=600,
        echo="error",
    )


def web_program(*, host: str, port: int, environment: Mapping[str, str]) -> Program:
    return Program(
        name=commands.WEB,
        argv=tuple(commands.web(host=host, port=port)),
        ready=lambda: accepts(opened_by_user(host), port),
        environment=environment,
        directory=ROOT,
        grace_seconds=15,
    )


def worker_program(*, environment: Mapping[str, str]) -> Program:
    return Program(
        name=commands.WORKER,
        argv=tuple(commands.worker()),
        ready=lambda: True,  # asked through /health/ready, which sees its heartbeat
        environment=environment,
        directory=ROOT,
        # Warm stop: a running task may end; what does not is killed, and its job is sent again by the reaper.
        grace_seconds=20,
        stop_signal=signal.SIGTERM,
    )


def courier_program(*, environment: Mapping[str, str]) -> Program:
    return Program(
        name=commands.COURIER,
        argv=tuple(commands.courier()),
        ready=lambda: True,  # what it does not deliver waits in the outbox
        environment=environment,
        directory=ROOT,
        grace_seconds=10,
    )


def beat_program(*, schedule: Path, environment: Mapping[str, str]) -> Program:
    return Program(
        name=commands.BEAT,
        argv=tuple(commands.beat(schedule=schedule)),
        ready=lambda: True,
        echo="warning",  # it says every few seconds what it sends
        environment=environment,
        directory=ROOT,
    )


# Loopback only: a proxy from the caller's environment has no say.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def answers_ok(url: str, timeout: float = 3) -> bool:
    """Whether a GET answers 200 within `timeout` seconds."""
    try:
        with _direct.open(url, timeout=timeout) as answer:
            return answer.status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False


def accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False


def opened_by_user(host: str) -> str:
    """The address to open in a browser for a server bound to `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared, not bound
