"""What a question in SQL may see of answers: how many, by what, how fast, what they cost. Never what was said."""

from passepartout.kernel.sqlviews import Column, Described, View

USAGE = View(
    "usage",
    Described("les réponses données", "the answers given"),
    (
        Column("id", "uuid", Described("l'identifiant", "the identifier")),
        Column("purpose", "text", Described("l'usage", "the purpose"), example="ask"),
        Column("engine", "text", Described("le moteur", "the engine"), example="extractive"),
        Column("model", "text", Described("le modèle", "the model")),
        Column("status", "text", Described("l'issue", "the outcome"), values=("succeeded", "failed", "stopped")),
        Column("confidence", "numeric", Described("la confiance", "the confidence")),
        Column("tokens_in", "integer", Described("les jetons lus", "the tokens read"), unit="tokens"),
        Column("tokens_out", "integer", Described("les jetons écrits", "the tokens written"), unit="tokens"),
        Column("latency_ms", "integer", Described("la durée", "the time taken"), unit="ms"),
        Column("cost_estimate", "numeric", Described("le coût estimé", "the estimated cost"), unit="EUR"),
        Column("created_at", "timestamptz", Described("la date", "the date")),
    ),
)
