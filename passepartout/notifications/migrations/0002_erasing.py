"""Erasing across readers, inside the organization in scope: a row is otherwise its reader's alone."""

from django.conf import settings
from django.db import migrations

OWNER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp"
MAINTAIN = "PERFORM set_config('rls.maintenance', 'on', true);"
FUNCTIONS = f"""
CREATE FUNCTION notifications_subjects(p_subjects uuid[]) RETURNS SETOF uuid {OWNER} AS $$
BEGIN
  {MAINTAIN}
  RETURN QUERY SELECT DISTINCT n.subject_id FROM notifications n
    WHERE n.org_id = app_current_org() AND n.subject_id = ANY(p_subjects);
END $$;
CREATE FUNCTION notifications_forget(p_subject uuid) RETURNS integer {OWNER} AS $$
DECLARE gone integer;
BEGIN
  {MAINTAIN}
  DELETE FROM notifications n WHERE n.org_id = app_current_org() AND n.subject_id = p_subject;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
CREATE FUNCTION notifications_expire(p_before timestamptz, p_limit integer) RETURNS integer {OWNER} AS $$
DECLARE gone integer;
BEGIN
  {MAINTAIN}
  DELETE FROM notifications d WHERE d.id IN (
    SELECT n.id FROM notifications n WHERE n.org_id = app_current_org() AND n.created_at < p_before
    ORDER BY n.created_at LIMIT p_limit);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
"""
SIGNATURES = "notifications_subjects(uuid[]), notifications_forget(uuid), notifications_expire(timestamptz, integer)"


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {SIGNATURES} TO {role}")


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, f"DROP FUNCTION {SIGNATURES}"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
