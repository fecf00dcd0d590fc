"""Which deleted documents are due for erasure, for a sweeper that is in no tenant's scope yet: ids only."""

from django.conf import settings
from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION documents_to_purge(p_age interval) RETURNS TABLE (org_id uuid, document_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('rls.maintenance', 'on', true);
  RETURN QUERY SELECT d.org_id, d.id FROM documents d
    WHERE d.status = 'deleted' AND d.deleted_at < now() - p_age ORDER BY d.deleted_at LIMIT 500;
END $$;
-- Vectors are half precision and small: compressing or moving them out of the row only costs.
ALTER TABLE chunk_windows ALTER COLUMN embedding SET STORAGE PLAIN;
"""


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION documents_to_purge(interval) TO {role}")


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION documents_to_purge(interval)"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
