"""Look-ups that run before an organization is known: by hash, answering ids only."""

from django.conf import settings
from django.db import migrations

OWNER = "SECURITY DEFINER SET search_path = public, pg_temp"
# The owner sees rows of forced tables only while it says that it maintains; the policy names the owner, so that the
# setting, which lasts until the transaction ends, gives the caller nothing.
MAINTAIN = "PERFORM set_config('rls.maintenance', 'on', true);"
FUNCTIONS = f"""
CREATE FUNCTION app_api_key(p_hash text) RETURNS TABLE (key_id uuid, org_id uuid, user_id uuid)
LANGUAGE plpgsql {OWNER} AS $$
BEGIN
  {MAINTAIN}
  RETURN QUERY SELECT k.id, k.org_id, k.created_by_id FROM api_keys k
    WHERE k.key_hash = p_hash AND k.revoked_at IS NULL AND k.expires_at > now();
END $$;
"""


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION app_api_key(text) TO {role}")


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION app_api_key(text)"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
