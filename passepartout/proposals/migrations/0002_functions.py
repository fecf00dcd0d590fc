"""Which organizations have proposals that expired or were lost, for a sweeper in no tenant's scope yet: ids only."""

from django.conf import settings
from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION proposals_to_settle(p_age interval) RETURNS TABLE (org_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('rls.maintenance', 'on', true);
  RETURN QUERY SELECT DISTINCT p.org_id FROM proposals p
    WHERE (p.status IN ('pending_approval', 'approved') AND p.expires_at <= now())
       OR (p.status = 'executing' AND p.started_at <= now() - p_age);
END $$;
"""


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION proposals_to_settle(interval) TO {role}")


class Migration(migrations.Migration):
    dependencies = [("proposals", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION proposals_to_settle(interval)"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
