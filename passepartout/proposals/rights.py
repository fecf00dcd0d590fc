"""The rights of the gate's two database roles, given by the owner after each migration: what is registered, no more."""

import logging
from typing import Any

from django.conf import settings
from django.db import connection

from passepartout.kernel.sqlviews import catalogue, grants

logger = logging.getLogger("passepartout.proposals")
# Using an approval up and writing its audit line happen in the transaction of the change itself.
OWN_RIGHTS = """
GRANT SELECT (id, org_id, status, sha256, expires_at), UPDATE (status, executed_at, result)
  ON public.proposals TO {writer};
GRANT EXECUTE ON FUNCTION public.app_current_org(), public.app_current_user() TO {writer}, {reader};
GRANT EXECUTE ON FUNCTION public.audit_append(uuid, text, text, text, jsonb, text, text, uuid) TO {writer};
GRANT USAGE ON SCHEMA public TO {writer};
"""


def give_rights(**_: Any) -> None:
    """Repeatable. Says so and does nothing where the roles do not exist: statements are then not run at all."""
    reader, writer = settings.SQL_READER_ROLE, settings.SQL_WRITER_ROLE
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s)", [[reader, writer]])
        if not (reader and writer) or cursor.fetchone() != (2,):
            logger.warning("the roles of the SQL gate do not exist: proposals will not run")
            return
        for statement in grants(catalogue(), reader=reader, writer=writer):
            cursor.execute(statement)
        quoted = {"reader": connection.ops.quote_name(reader), "writer": connection.ops.quote_name(writer)}
        cursor.execute(OWN_RIGHTS.format(**quoted))
