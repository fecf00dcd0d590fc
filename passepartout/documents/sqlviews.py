"""What a question in SQL may see of documents. Private documents are their uploader's alone and are left out."""

from passepartout.kernel.sqlviews import Column, Described, View, Writable

DOCUMENTS = View(
    "documents",
    Described("les documents", "the documents"),
    (
        Column("id", "uuid", Described("l'identifiant", "the identifier")),
        Column("title", "text", Described("le titre", "the title"), example="Bail 12 rue des Lilas"),
        Column(
            "status",
            "text",
            Described("le statut", "the status"),
            values=("uploaded", "extracting", "chunking", "embedding", "indexed", "failed", "rejected"),
        ),
        Column("language", "text", Described("la langue", "the language"), example="fr"),
        Column("pages", "integer", Described("le nombre de pages", "the number of pages"), unit="pages"),
        Column("size", "integer", Described("la taille", "the size"), unit="octets"),
        Column("type", "text", Described("le type de fichier", "the type of file"), example="application/pdf"),
        Column("client_id", "uuid", Described("le client", "the client")),
        Column("project_id", "uuid", Described("le projet", "the project")),
        Column("error_code", "text", Described("la cause de l'échec", "the cause of the failure")),
        Column("created_at", "timestamptz", Described("la date de dépôt", "the date of upload")),
        Column("indexed_at", "timestamptz", Described("la date d'indexation", "the date of indexing")),
    ),
    writable=Writable("documents", frozenset({"title"})),
)
