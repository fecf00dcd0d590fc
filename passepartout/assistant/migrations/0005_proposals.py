from django.db import migrations, models

import passepartout.kernel.rls


class Migration(migrations.Migration):
    dependencies = [
        ("assistant", "0004_seal"),
        ("proposals", "0002_functions"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="proposal",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=models.deletion.SET_NULL,
                related_name="+",
                to="proposals.proposal",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=passepartout.kernel.rls.TenantReference(field="proposal", name="messages_proposal"),
        ),
    ]
