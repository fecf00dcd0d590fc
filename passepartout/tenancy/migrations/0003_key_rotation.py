"""A key of its own for blind indexes, a former key beside the one that replaces it; which organizations there are."""

from django.conf import settings
from django.db import migrations, models

FUNCTIONS = """
CREATE FUNCTION every_organization() RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('rls.maintenance', 'on', true);
  RETURN QUERY SELECT o.id FROM organizations o ORDER BY 1;
END $$;
CREATE FUNCTION organizations_changing_keys() RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('rls.maintenance', 'on', true);
  RETURN QUERY SELECT DISTINCT k.org_id FROM encryption_keys k WHERE k.replaced_at IS NOT NULL ORDER BY 1;
END $$;
"""
# The blind indexes that exist were made with the organization's one key: it stays theirs.
INDEX_KEYS = """
INSERT INTO encryption_keys (id, org_id, created_at, key_id, wrapped, purpose)
SELECT gen_random_uuid(), org_id, now(), key_id, wrapped, 'index' FROM encryption_keys WHERE purpose = 'fields'
"""


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION every_organization(), organizations_changing_keys() TO {role}")


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_lookups")]

    operations = [
        migrations.RemoveConstraint(model_name="encryptionkey", name="encryption_keys_one"),
        migrations.AddField(
            model_name="encryptionkey",
            name="purpose",
            field=models.CharField(choices=[("fields", "Fields"), ("index", "Index")], default="fields", max_length=8),
        ),
        migrations.AddField(model_name="encryptionkey", name="replaced_at", field=models.DateTimeField(null=True)),
        migrations.AddConstraint(
            model_name="encryptionkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaced_at", None)), fields=("org", "purpose"), name="encryption_keys_current"
            ),
        ),
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION organizations_changing_keys(); DROP FUNCTION every_organization()"),
        migrations.RunPython(grant, migrations.RunPython.noop),
        migrations.RunSQL(INDEX_KEYS, "DELETE FROM encryption_keys WHERE purpose = 'index'"),
    ]
