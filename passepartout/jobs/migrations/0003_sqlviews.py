"""The view of jobs for questions in SQL (passepartout/jobs/sqlviews.py describes it)."""

from django.db import migrations

from passepartout.kernel.sqlviews import create_view

SELECT = """
SELECT t.id, t.kind, t.state, t.attempt, t.error_code, t.created_at, t.started_at, t.finished_at FROM public.jobs t
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_functions"), ("kernel", "0002_gate")]
    operations = [migrations.RunSQL(create_view("jobs", SELECT), "DROP VIEW ai.jobs")]
