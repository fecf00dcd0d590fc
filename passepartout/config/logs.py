"""One JSON line per event on standard output: level, logger, request or job id, organization; no personal data."""

from typing import Any

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "passepartout.kernel.logs.JsonFormatter"}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
    "root": {"handlers": ["stdout"], "level": "INFO"},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "axes": {"level": "ERROR"},  # its lines name users
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "uvicorn.access": {"level": "WARNING"},  # its lines hold addresses; ours hold routes
        "uvicorn": {"handlers": ["stdout"], "level": "INFO", "propagate": False},
    },
}
