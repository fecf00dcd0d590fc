"""Which live documents were indexed with another model or analyser than the present ones: ids only, for a sweeper.

A document whose indexing is open is left alone, and one whose last try failed is left alone for an hour.
"""

from django.conf import settings
from django.db import migrations

FUNCTION = """
CREATE FUNCTION documents_outdated(p_model text, p_analyser text, p_limit integer)
RETURNS TABLE (org_id uuid, document_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('rls.maintenance', 'on', true);
  RETURN QUERY SELECT d.org_id, d.id
    FROM documents d JOIN document_versions v ON v.org_id = d.org_id AND v.id = d.live_version
    WHERE d.status = 'indexed' AND (v.model <> p_model OR v.analyser <> p_analyser)
      AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.subject_id = d.id AND j.kind = 'documents.index'
        AND (j.state IN ('queued', 'running') OR (j.state = 'failed' AND j.finished_at > now() - interval '1 hour')))
    ORDER BY d.created_at LIMIT p_limit;
END $$;
"""


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION documents_outdated(text, text, integer) TO {role}")


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_functions"), ("jobs", "0002_functions")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION documents_outdated(text, text, integer)"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
