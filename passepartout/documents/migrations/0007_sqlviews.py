"""The view of documents for questions in SQL (passepartout/documents/sqlviews.py describes it)."""

from django.db import migrations

from passepartout.kernel.sqlviews import create_view

SELECT = """
SELECT t.id, t.title, t.status, t.language, t.pages, t.size, t.mime AS type, t.client_id, t.project_id, t.error_code,
       t.created_at, t.indexed_at
FROM public.documents t WHERE t.visibility <> 'private' AND t.deleted_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0006_ocr_jobs"), ("kernel", "0002_gate")]
    operations = [migrations.RunSQL(create_view("documents", SELECT), "DROP VIEW ai.documents")]
