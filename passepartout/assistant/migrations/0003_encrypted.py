from django.db import migrations, models

from passepartout.kernel.fields import EncryptedJSONField, EncryptedTextField


class Migration(migrations.Migration):
    dependencies = [("assistant", "0002_answers")]

    operations = [
        migrations.AlterField("conversation", "title", EncryptedTextField(blank=True, default="")),
        migrations.AlterField("message", "text", EncryptedTextField(blank=True, default="")),
        migrations.AlterField("message", "citations", EncryptedJSONField(blank=True, default=list)),
        migrations.AlterField("message", "sentences", EncryptedJSONField(blank=True, default=list)),
        migrations.AlterField(
            "message",
            "status",
            models.CharField(
                choices=[
                    ("complete", "Complete"),
                    ("streaming", "Streaming"),
                    ("stopped", "Stopped"),
                    ("erased", "Erased"),
                ],
                default="complete",
                max_length=16,
            ),
        ),
    ]
