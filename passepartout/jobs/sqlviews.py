"""What a question in SQL may see of background work."""

from passepartout.kernel.sqlviews import Column, Described, View

JOBS = View(
    "jobs",
    Described("les tâches de fond", "the background jobs"),
    (
        Column("id", "uuid", Described("l'identifiant", "the identifier")),
        Column("kind", "text", Described("la sorte de tâche", "the kind of job"), example="documents.index"),
        Column("state", "text", Described("l'état", "the state"), example="failed"),
        Column("attempt", "integer", Described("le nombre d'essais", "the number of attempts")),
        Column("error_code", "text", Described("la cause de l'échec", "the cause of the failure")),
        Column("created_at", "timestamptz", Described("la date de création", "the date of creation")),
        Column("started_at", "timestamptz", Described("le début", "the start")),
        Column("finished_at", "timestamptz", Described("la fin", "the end")),
    ),
)
