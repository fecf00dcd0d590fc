"""What a worker and the reaper must know before they can enter a tenant's scope: ids and states, no content."""

from django.conf import settings
from django.db import migrations

OWNER = "SECURITY DEFINER SET search_path = public, pg_temp"
# The owner sees rows of forced tables only while it says that it maintains; the policy names the owner, so that the
# setting, which lasts until the transaction ends, gives the caller nothing.
MAINTAIN = "PERFORM set_config('rls.maintenance', 'on', true);"
FUNCTIONS = f"""
CREATE FUNCTION job_organization(p_job uuid) RETURNS uuid LANGUAGE plpgsql {OWNER} AS
$$ BEGIN {MAINTAIN} RETURN (SELECT org_id FROM jobs WHERE id = p_job); END $$;

CREATE FUNCTION jobs_neglected(p_lease interval, p_resend interval)
RETURNS TABLE (org_id uuid, job_id uuid, state text) LANGUAGE plpgsql {OWNER} AS $$
BEGIN
  {MAINTAIN}
  RETURN QUERY SELECT j.org_id, j.id, j.state::text FROM jobs j
  WHERE (j.state = 'running' AND j.heartbeat_at < now() - p_lease)
     OR (j.state = 'queued' AND j.run_after <= now() AND (j.sent_at IS NULL OR j.sent_at < now() - p_resend))
  ORDER BY j.run_after LIMIT 1000;
END $$;
"""
DROP = "DROP FUNCTION jobs_neglected(interval, interval); DROP FUNCTION job_organization(uuid);"


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(
        f"GRANT EXECUTE ON FUNCTION job_organization(uuid), jobs_neglected(interval, interval) TO {role}"
    )


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
