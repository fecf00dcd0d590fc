"""Rights of the runtime role and the two functions that every policy calls.

Runs before any table exists, so that default privileges apply to all of them.
"""

from django.conf import settings
from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION app_current_org() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.org_id', true), '')::uuid $$;
CREATE FUNCTION app_current_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.user_id', true), '')::uuid $$;
"""
DROP = "DROP FUNCTION app_current_user(); DROP FUNCTION app_current_org();"


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    # TRUNCATE is never granted: it ignores row-level security.
    schema_editor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    schema_editor.execute(f"GRANT SELECT ON django_migrations TO {role}")
    schema_editor.execute(f"ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}")
    schema_editor.execute(f"ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {role}")
    schema_editor.execute("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION app_current_org(), app_current_user() TO {role}")


def revoke(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM {role}")
    schema_editor.execute(f"ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM {role}")
    schema_editor.execute("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC")


class Migration(migrations.Migration):
    run_before = [("contenttypes", "0001_initial"), ("auth", "0001_initial"), ("axes", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP),
        migrations.RunPython(grant, revoke),
    ]
