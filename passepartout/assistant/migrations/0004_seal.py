"""Encrypts what was asked and answered before these columns were encrypted."""

from django.db import migrations

BATCH = 500
COLUMNS = {"conversations": ["title"], "messages": ["text", "citations", "sentences"]}
NOTHING = {"", "[]"}


def seal(apps, schema_editor):
    from passepartout.kernel import crypto
    from passepartout.tenancy.keys import organization_keys

    crypto.register_key_source(organization_keys)
    for table, columns in COLUMNS.items():
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM {table} ORDER BY id")
            idents = [row[0] for row in cursor.fetchall()]
            for start in range(0, len(idents), BATCH):
                _seal(cursor, crypto, table, columns, idents[start : start + BATCH])


def _seal(cursor, crypto, table, columns, idents):
    cursor.execute(f"SELECT id, org_id, {', '.join(columns)} FROM {table} WHERE id = ANY(%s)", [idents])
    for ident, organization, *texts in cursor.fetchall():
        sealed = [
            "" if text in NOTHING
            else crypto.encrypt(text, organization=organization, row=ident, column=f"{table}.{name}")
            for name, text in zip(columns, texts, strict=True)
        ]  # fmt: skip
        changes = ", ".join(f"{name} = %s" for name in columns)
        cursor.execute(f"UPDATE {table} SET {changes} WHERE id = %s", [*sealed, ident])


class Migration(migrations.Migration):
    dependencies = [("assistant", "0003_encrypted"), ("tenancy", "0003_key_rotation")]

    operations = [migrations.RunPython(seal, migrations.RunPython.noop, elidable=True)]
