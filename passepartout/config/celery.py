"""The Celery application. Messages carry a job id only; PostgreSQL holds the truth (see passepartout.jobs)."""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passepartout.config.settings")
NICENESS = 10
app = Celery("passepartout")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,
    task_acks_late=False,  # the job row is the lease: a message lost with its worker is sent again by the reaper
    worker_prefetch_multiplier=1,
    worker_redirect_stdouts=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"socket_timeout": 10, "socket_connect_timeout": 3, "max_retries": 1},
    task_default_queue="default",
    # Told within milliseconds, sealed and taken back within seconds, however long the work in the default queue takes:
    # the courier serves this one. Two long documents would keep the reaper waiting, and with it every other job.
    task_routes={name: {"queue": "events"} for name in ("lifecycle.*", "audit.*", "jobs.reap")},
    timezone="UTC",
    beat_schedule={
        "jobs.reap": {"task": "jobs.reap", "schedule": 5.0, "options": {"expires": 10}},
        "lifecycle.sweep": {"task": "lifecycle.sweep", "schedule": 5.0, "options": {"expires": 10}},
        "lifecycle.purge": {"task": "lifecycle.purge", "schedule": 3600.0, "options": {"expires": 3600}},
        "audit.seal": {"task": "audit.seal", "schedule": 2.0, "options": {"expires": 10}},
        "audit.anchor": {"task": "audit.anchor", "schedule": 300.0, "options": {"expires": 600}},
        "proposals.settle": {"task": "proposals.settle", "schedule": 60.0, "options": {"expires": 120}},
        "assistant.sweep": {"task": "assistant.sweep", "schedule": 60.0, "options": {"expires": 120}},
        "files.sweep": {"task": "files.sweep", "schedule": 3600.0, "options": {"expires": 3600}},
        "billing.reconcile": {
            "task": "billing.reconcile",
            "schedule": crontab(hour=0, minute=20),  # soon after the day that it keeps
            "options": {"expires": 3600},
        },
        "tenancy.change_keys": {"task": "tenancy.change_keys", "schedule": 600.0, "options": {"expires": 600}},
        "documents.refresh": {"task": "documents.refresh", "schedule": 600.0, "options": {"expires": 600}},
        "privacy.retain": {"task": "privacy.retain", "schedule": 600.0, "options": {"expires": 600}},
    },
)
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Having a receiver, Celery leaves logging as settings.py configured it."""


@worker_process_init.connect
def yield_to_people(**_: object) -> None:
    """Documents are indexed by processes, events told by threads: only what nobody waits for gives way to the rest."""
    os.nice(NICENESS)
