"""The view of answers for questions in SQL (passepartout/llm/sqlviews.py describes it)."""

from django.db import migrations

from passepartout.kernel.sqlviews import create_view

SELECT = """
SELECT t.id, t.purpose, t.engine, t.model, t.status, t.confidence, t.tokens_in, t.tokens_out, t.latency_ms,
       t.cost_estimate, t.created_at
FROM public.llm_jobs t
"""


class Migration(migrations.Migration):
    dependencies = [("llm", "0003_prompts"), ("kernel", "0002_gate")]
    operations = [migrations.RunSQL(create_view("usage", SELECT), "DROP VIEW ai.usage")]
