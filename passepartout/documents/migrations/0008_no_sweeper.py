"""Deleted documents are found by each organization's own retention rule now, in its scope."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("documents", "0007_sqlviews")]
    operations = [migrations.RunSQL("DROP FUNCTION documents_to_purge(interval)", elidable=True)]
