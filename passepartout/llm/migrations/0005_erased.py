from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("llm", "0004_sqlviews")]

    operations = [
        migrations.AddField(model_name="llmjob", name="erased_at", field=models.DateTimeField(null=True)),
    ]
