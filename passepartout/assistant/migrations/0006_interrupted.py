"""Answers whose server died: a state, and which they are, for a sweeper in no tenant's scope yet: ids only."""

from django.conf import settings
from django.db import migrations, models

FUNCTION = """
CREATE FUNCTION answers_interrupted(p_age interval) RETURNS TABLE (org_id uuid, message_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM set_config('rls.maintenance', 'on', true);
  RETURN QUERY SELECT m.org_id, m.id FROM messages m
    WHERE m.status = 'streaming' AND m.created_at < clock_timestamp() - p_age ORDER BY m.created_at LIMIT 1000;
END $$;
"""


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION answers_interrupted(interval) TO {role}")


class Migration(migrations.Migration):
    dependencies = [("assistant", "0005_proposals")]
    operations = [
        migrations.AlterField(
            model_name="message",
            name="status",
            field=models.CharField(
                choices=[
                    ("complete", "Complete"),
                    ("streaming", "Streaming"),
                    ("stopped", "Stopped"),
                    ("erased", "Erased"),
                    ("interrupted", "Interrupted"),
                ],
                default="complete",
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("status", "streaming")), fields=["created_at"], name="messages_on_their_way"
            ),
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION answers_interrupted(interval)"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
