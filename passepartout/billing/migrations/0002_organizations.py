"""Which organizations have a meter, for the nightly count, which is in no tenant's scope: ids only."""

from django.conf import settings
from django.db import migrations

FUNCTION = """
CREATE FUNCTION metered_organizations() RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('rls.maintenance', 'on', true);
  RETURN QUERY SELECT DISTINCT u.org_id FROM usage_rows u ORDER BY 1;
END $$;
"""


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION metered_organizations() TO {role}")


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION metered_organizations()"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
