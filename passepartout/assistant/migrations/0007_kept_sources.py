from django.db import migrations

from passepartout.kernel.fields import EncryptedJSONField


class Migration(migrations.Migration):
    dependencies = [("assistant", "0006_interrupted")]

    operations = [migrations.AddField("message", "sources", EncryptedJSONField(blank=True, default=list))]
