"""Why a statement is refused: a stable code, and a sentence that its reader understands."""

SENTENCES: dict[str, tuple[str, str]] = {
    "sql_empty": ("Aucune requête n'a été proposée.", "No statement was proposed."),
    "sql_too_long": ("La requête est trop longue.", "The statement is too long."),
    "sql_characters": (
        "La requête contient des caractères invisibles ou de contrôle.",
        "The statement holds invisible or control characters.",
    ),
    "sql_unreadable": ("La requête n'est pas du SQL lisible.", "The statement is not readable SQL."),
    "sql_many": ("Une seule requête est acceptée à la fois.", "Only one statement is taken at a time."),
    "sql_kind": (
        "Seules une lecture, une modification ou une création sont acceptées.",
        "Only a read, a change or a new row is taken.",
    ),
    "sql_construct": (
        "La requête utilise une forme qui n'est pas permise ici : {name}.",
        "The statement uses a form that is not allowed here: {name}.",
    ),
    "sql_function": (
        "La requête appelle une fonction qui n'est pas permise : {name}.",
        "The statement calls a function that is not allowed: {name}.",
    ),
    "sql_type": (
        "La requête convertit vers un type qui n'est pas permis : {name}.",
        "The statement casts to a type that is not allowed: {name}.",
    ),
    "sql_table": ("Cette table n'existe pas ici : {name}.", "There is no such table here: {name}."),
    "sql_no_table": ("La requête ne lit aucune donnée.", "The statement reads no table."),
    "sql_column": ("Cette colonne n'existe pas ici : {name}.", "There is no such column here: {name}."),
    "sql_name": ("Un nom n'est pas acceptable : {name}.", "A name is not acceptable: {name}."),
    "sql_join": (
        "Une jointure doit relier les deux tables par une égalité de colonnes.",
        "A join must tie the two tables by equal columns.",
    ),
    "sql_limit": (
        "La limite doit être un nombre entier, 1000 au plus.",
        "The limit must be a whole number, 1000 at most.",
    ),
    "sql_literal": ("Une valeur est trop longue ou mal placée.", "A value is too long or out of place."),
    "sql_complex": ("La requête est trop compliquée.", "The statement is too complicated."),
    "sql_changed": (
        "La requête change de sens quand on la réécrit.",
        "The statement changes its meaning when it is written again.",
    ),
    "sql_not_writable": (
        "Ceci ne peut pas être modifié par une proposition : {name}.",
        "This cannot be changed by a proposal: {name}.",
    ),
    "sql_rows": (
        "Une modification doit nommer ses lignes par leur identifiant, 50 au plus.",
        "A change must name its rows by their identifier, 50 at most.",
    ),
    "sql_values": (
        "Une modification ne peut poser que des valeurs écrites en toutes lettres.",
        "A change may only set values that are written out.",
    ),
    "sql_missing": ("Il manque une valeur pour : {name}.", "A value is missing for: {name}."),
    "not_allowed": ("Votre rôle ne permet pas de proposer cela.", "Your role does not allow to propose this."),
    "sql_cost": ("Cela ferait lire trop de lignes à la fois.", "This would read too many rows at once."),
    "sql_timeout": ("Cela a pris trop de temps et a été arrêté.", "This took too long and was stopped."),
    "sql_busy": ("Ces lignes sont en train d'être modifiées.", "These rows are being changed right now."),
    "sql_denied": ("La base de données ne le permet pas.", "The database does not allow this."),
    "sql_conflict": ("Cela contredit d'autres données.", "This contradicts other rows."),
    "sql_used": ("L'approbation a déjà servi ou n'est plus valable.", "The approval was used, or is no longer good."),
    "sql_stale": (
        "Les lignes ont changé depuis l'approbation : il faut approuver à nouveau.",
        "The rows changed since they were approved: approve again.",
    ),
    "sql_lost": ("L'exécution a été interrompue ; rien n'est rejoué.", "It was interrupted; nothing is run twice."),
    "sql_failed": ("La base de données n'a pas pu l'exécuter.", "The database could not run it."),
}


def sentence(code: str, name: str, language: str) -> str:
    """``language``: fr or en. ``name`` is what the refusal is about, if anything."""
    return SENTENCES.get(code, SENTENCES["sql_failed"])[language != "fr"].format(name=name)


class Refused(Exception):
    """The gate does not let a statement through. ``code`` is stable; ``name`` is what it was about, if anything."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(code, name)
        self.code, self.name = code, name

    def sentence(self, language: str) -> str:
        """``language``: fr or en."""
        return sentence(self.code, self.name, language)
