"""Which organizations have events to deliver or to erase, and how many: for couriers that are in no tenant's scope."""

from django.conf import settings
from django.db import migrations

OWNER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp"
MAINTAIN = "PERFORM set_config('rls.maintenance', 'on', true);"
FUNCTIONS = f"""
CREATE FUNCTION outbox_due_organizations() RETURNS TABLE (org_id uuid) {OWNER} AS $$
BEGIN
  {MAINTAIN}
  RETURN QUERY SELECT d.org_id FROM outbox_deliveries d WHERE d.state = 'waiting' AND d.run_after <= now()
    GROUP BY d.org_id ORDER BY min(d.run_after) LIMIT 1000;
END $$;

CREATE FUNCTION outbox_settled_organizations(p_age interval) RETURNS TABLE (org_id uuid) {OWNER} AS $$
BEGIN
  {MAINTAIN}
  RETURN QUERY SELECT DISTINCT e.org_id FROM outbox e WHERE e.created_at < now() - p_age;
END $$;

CREATE FUNCTION outbox_backlog() RETURNS TABLE (waiting bigint, oldest_seconds double precision, dead bigint) {OWNER} AS $$
BEGIN
  {MAINTAIN}
  RETURN QUERY SELECT count(*) FILTER (WHERE d.state = 'waiting'),
    coalesce(extract(epoch FROM now() - min(d.created_at) FILTER (WHERE d.state = 'waiting')), 0)::double precision,
    count(*) FILTER (WHERE d.state = 'dead')
    FROM outbox_deliveries d WHERE d.state <> 'delivered';
END $$;
"""
NAMES = "outbox_due_organizations(), outbox_settled_organizations(interval), outbox_backlog()"


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {NAMES} TO {role}")


class Migration(migrations.Migration):
    dependencies = [("lifecycle", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, f"DROP FUNCTION {NAMES}"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
