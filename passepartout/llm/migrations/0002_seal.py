"""Encrypts what engines were told and what they answered before these columns were encrypted."""

from django.db import migrations


def seal(apps, schema_editor):
    from passepartout.kernel import crypto
    from passepartout.tenancy.keys import organization_keys

    crypto.register_key_source(organization_keys)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id, org_id, prompt, result FROM llm_jobs")
        for ident, organization, *texts in cursor.fetchall():
            sealed = [
                text and crypto.encrypt(text, organization=organization, row=ident, column=f"llm_jobs.{name}")
                for name, text in zip(("prompt", "result"), texts, strict=True)
            ]
            cursor.execute("UPDATE llm_jobs SET prompt = %s, result = %s WHERE id = %s", [*sealed, ident])


class Migration(migrations.Migration):
    dependencies = [("llm", "0001_initial"), ("tenancy", "0002_lookups")]

    operations = [migrations.RunPython(seal, elidable=True)]
