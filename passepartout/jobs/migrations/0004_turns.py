"""Whose turn it is: ids alone of queued jobs of all organizations, as a worker must know them before any scope."""

from django.conf import settings
from django.db import migrations

OWNER = "SECURITY DEFINER SET search_path = public, pg_temp"
MAINTAIN = "PERFORM set_config('rls.maintenance', 'on', true);"
DUE = "j.state = 'queued' AND (j.attempt = 0 OR j.run_after <= statement_timestamp())"
WAITED = "interval '0.3 seconds'"  # not what a free slot takes at once
RUNNING = "(SELECT count(*) FROM jobs r WHERE r.state = 'running' AND r.org_id = {org})"
# Of the kind of the job whose message came: one of the organization that has the fewest running, that job itself where
# it may be.
FUNCTIONS = f"""
CREATE FUNCTION job_turn(p_job uuid) RETURNS uuid LANGUAGE plpgsql {OWNER} AS $$
DECLARE woken jobs%ROWTYPE;
BEGIN
  {MAINTAIN}
  SELECT * INTO woken FROM jobs WHERE id = p_job;
  RETURN (
    WITH waiting AS (
      SELECT DISTINCT ON (j.org_id) j.org_id, j.id FROM jobs j
      WHERE {DUE} AND j.kind = woken.kind
      ORDER BY j.org_id, j.id = p_job DESC, j.run_after, j.id
    )
    SELECT w.id FROM waiting w ORDER BY {RUNNING.format(org="w.org_id")}, w.org_id = woken.org_id DESC, w.id LIMIT 1
  );
END $$;

CREATE FUNCTION job_others_wait(p_job uuid, p_slice interval) RETURNS boolean LANGUAGE plpgsql {OWNER} AS $$
DECLARE mine jobs%ROWTYPE;
BEGIN
  {MAINTAIN}
  SELECT * INTO mine FROM jobs WHERE id = p_job;
  RETURN (
      coalesce(mine.started_at < statement_timestamp() - p_slice, false) OR {RUNNING.format(org="mine.org_id")} > 1
    ) AND EXISTS (
      SELECT 1 FROM jobs j WHERE {DUE} AND j.org_id <> mine.org_id AND j.run_after < statement_timestamp() - {WAITED}
        AND NOT EXISTS (SELECT 1 FROM jobs r WHERE r.state = 'running' AND r.org_id = j.org_id)
    );
END $$;
"""
DROP = "DROP FUNCTION job_others_wait(uuid, interval); DROP FUNCTION job_turn(uuid);"


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION job_turn(uuid), job_others_wait(uuid, interval) TO {role}")


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_sqlviews")]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
