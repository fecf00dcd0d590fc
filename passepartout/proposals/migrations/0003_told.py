"""A change commits with its result. That its event was published is noted; one that was not is published later."""

from django.conf import settings
from django.db import migrations, models

FUNCTIONS = """
DROP FUNCTION proposals_to_settle(interval);
CREATE FUNCTION proposals_to_settle(p_age interval, p_untold interval) RETURNS TABLE (org_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('rls.maintenance', 'on', true);
  RETURN QUERY SELECT DISTINCT p.org_id FROM proposals p
    WHERE (p.status IN ('pending_approval', 'approved') AND p.expires_at <= now())
       OR (p.status = 'executing' AND p.started_at <= now() - p_age)
       OR (p.status = 'executed' AND p.told_at IS NULL AND p.executed_at <= now() - p_untold);
END $$;
"""
TOLD = "UPDATE proposals SET told_at = executed_at WHERE status = 'executed'"
UNTOLD = models.Q(status="executed", told_at=None)


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION proposals_to_settle(interval, interval) TO {role}")


class Migration(migrations.Migration):
    dependencies = [("proposals", "0002_functions")]
    operations = [
        migrations.AddField("proposal", "told_at", models.DateTimeField(null=True)),
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
        migrations.AddIndex(
            "proposal", models.Index(fields=["executed_at"], name="proposals_untold", condition=UNTOLD)
        ),
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION proposals_to_settle(interval, interval)"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
