"""The command lines of the children: what `./run web|worker|courier|beat|inference|llm` and containers execute."""

import sys
from pathlib import Path

WEB, WORKER, COURIER, BEAT, INFERENCE, LLM = "web", "worker", "courier", "beat", "inference", "llm"


def web(*, host: str, port: int) -> list[str]:
    return [
        *_python("uvicorn", "passepartout.config.asgi:application", "--host", host, "--port", str(port)),
        *("--no-access-log", "--no-server-header", "--lifespan", "off", "--log-level", "warning"),
        *("--timeout-graceful-shutdown", "10"),
        # Sockets carry ids: short messages, not worth a compressor for each.
        *("--ws", "websockets-sansio", "--ws-max-size", "4096", "--ws-per-message-deflate", "false"),
    ]


def worker(*, concurrency: int = 2) -> list[str]:
    return [
        *_python("celery", "--quiet", "-A", "passepartout.config.celery", "worker", "-Q", "default"),
        *("--concurrency", str(concurrency), "--pool", "prefork", "--prefetch-multiplier", "1"),
        *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
    ]


def courier() -> list[str]:
    """A small worker of its own for events, seals and the reaper: none of them waits behind what takes long."""
    return [
        *_python("celery", "--quiet", "-A", "passepartout.config.celery", "worker", "-Q", "events"),
        *("--pool", "threads", "--concurrency", "2", "--prefetch-multiplier", "1"),
        *("--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def beat(*, schedule: Path) -> list[str]:
    return _python(
        *("celery", "--quiet", "-A", "passepartout.config.celery", "beat", "--loglevel", "INFO"),
        *("--schedule", str(schedule), "--pidfile", ""),
    )


def inference(*, host: str, port: int) -> list[str]:
    return [
        *_python("uvicorn", "inference.app:app", "--host", host, "--port", str(port)),
        *("--no-access-log", "--no-server-header", "--log-level", "warning"),
    ]


def llm(*, host: str, port: int) -> list[str]:
    return _python("inference.llm", "--host", host, "--port", str(port))


def django(*arguments: str) -> list[str]:
    return _python("django", *arguments)


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]
