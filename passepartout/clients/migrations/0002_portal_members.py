"""A portal member stands for a client of the same organization: tenancy lies below clients, so the key is added here."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clients", "0001_initial"), ("tenancy", "0002_lookups")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE memberships ADD CONSTRAINT memberships_client FOREIGN KEY (org_id, client_id) "
            "REFERENCES clients (org_id, id) ON DELETE SET NULL (client_id)",
            "ALTER TABLE memberships DROP CONSTRAINT memberships_client",
        )
    ]
