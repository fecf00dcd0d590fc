"""Which sessions with an open socket still stand: for a web process, which is in no tenant's scope. No content."""

from django.conf import settings
from django.db import migrations

FUNCTION = """
CREATE FUNCTION sessions_standing(p_users uuid[], p_orgs uuid[], p_families uuid[], p_roles text[])
RETURNS TABLE (place bigint) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('rls.maintenance', 'on', true);
  RETURN QUERY SELECT s.n FROM unnest(p_users, p_orgs, p_families, p_roles) WITH ORDINALITY AS s(u, o, f, r, n)
    JOIN users ON users.id = s.u AND users.is_active
    JOIN memberships m ON m.user_id = s.u AND m.org_id = s.o AND m.role = s.r AND m.active
      AND (m.expires_at IS NULL OR m.expires_at > now())
    WHERE NOT EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.family = s.f AND t.revoked_at IS NOT NULL)
      AND EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.family = s.f AND t.used_at IS NULL AND t.expires_at > now());
END $$;
"""
NAME = "sessions_standing(uuid[], uuid[], uuid[], text[])"


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {NAME} TO {role}")


class Migration(migrations.Migration):
    initial = True
    dependencies = [("tenancy", "0002_lookups")]
    operations = [
        migrations.RunSQL(FUNCTION, f"DROP FUNCTION {NAME}"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
