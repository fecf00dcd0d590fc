"""What a statement does, in plain French or English, for the person who is asked to approve it.

Made from the checked tree and the catalogue's own words, never from what the model says of it. What has no words here
is quoted as SQL.
"""

from collections.abc import Iterable

from sqlglot import exp

from passepartout.kernel.sqlviews import Catalogue, View

from .analysis import Read, Write

WORDS = {
    "fr": {
        "read": "Lit {sources}", "where": "où {conditions}", "group": "par {keys}", "order": "dans l'ordre de {keys}",
        "limit": "{limit} lignes au plus", "shows": "et montre {columns}", "and": " et ", "or": " ou ",
        "update": "Modifie {count} {things} : {changes}", "one": "ligne de", "many": "lignes de",
        "insert": "Ajoute une ligne à {things} : {changes}", "set": "{column} devient {value}", "nothing": "vide",
        "count": "le nombre de lignes", "descending": " (décroissant)", "and_more": "et {count} autres",
    },
    "en": {
        "read": "Reads {sources}", "where": "where {conditions}", "group": "by {keys}",
        "order": "in the order of {keys}", "limit": "{limit} rows at most",
        "shows": "and shows {columns}", "and": " and ", "or": " or ",
        "update": "Changes {count} {things}: {changes}", "one": "row of", "many": "rows of",
        "insert": "Adds a row to {things}: {changes}", "set": "{column} becomes {value}", "nothing": "empty",
        "count": "the number of rows", "descending": " (descending)", "and_more": "and {count} more",
    },
}  # fmt: skip
COMPARED: dict[type[exp.Expr], tuple[str, str]] = {
    exp.EQ: ("est", "is"), exp.NEQ: ("n'est pas", "is not"), exp.GT: ("dépasse", "is above"),
    exp.GTE: ("est au moins", "is at least"), exp.LT: ("est sous", "is below"),
    exp.LTE: ("est au plus", "is at most"), exp.Like: ("ressemble à", "is like"), exp.ILike: ("ressemble à", "is like"),
}  # fmt: skip
SUMMED: dict[type[exp.Expr], tuple[str, str]] = {
    exp.Sum: ("le total de {}", "the total of {}"), exp.Avg: ("la moyenne de {}", "the mean of {}"),
    exp.Min: ("le plus petit {}", "the smallest {}"), exp.Max: ("le plus grand {}", "the greatest {}"),
}  # fmt: skip
MOST_SHOWN = 6


def reading(analysed: Read | Write, known: Catalogue, language: str) -> str:
    """One sentence. ``language``: fr or en."""
    reader = _Reader(known, "fr" if language == "fr" else "en")
    return reader.write(analysed) if isinstance(analysed, Write) else reader.read(analysed)


class _Reader:
    def __init__(self, known: Catalogue, language: str) -> None:
        self._known, self._language, self._words = known, language, WORDS[language]
        self._second = language != "fr"

    def read(self, analysed: Read) -> str:
        tree = analysed.tree
        views = [self._known.views[name] for name in analysed.views]
        parts = [self._say("read", sources=self._list(view.meaning.in_(self._language) for view in views))]
        where, group, order = (tree.args.get(name) for name in ("where", "group", "order"))
        if where is not None:
            parts.append(self._say("where", conditions=self._condition(where.this)))
        if group is not None:
            parts.append(self._say("group", keys=self._list(map(self._value, group.expressions))))
        parts.append(self._say("shows", columns=self._list(map(self._value, tree.selects))))
        if order is not None:
            parts.append(self._say("order", keys=self._list(map(self._ordered, order.expressions))))
        parts.append(self._say("limit", limit=analysed.limit))
        return ", ".join(parts).replace(f", {self._words['shows'][:2]}", f" {self._words['shows'][:2]}") + "."

    def write(self, analysed: Write) -> str:
        view = self._known.views[analysed.view]
        things = view.meaning.in_(self._language)
        changes = "; ".join(
            self._say("set", column=self._column(view, name), value=self._words["nothing"] if value is None else value)
            for name, value in analysed.values
        )
        if analysed.operation == "insert":
            return self._say("insert", things=things, changes=changes) + "."
        rows = self._words["one" if len(analysed.keys) == 1 else "many"]
        return self._say("update", count=len(analysed.keys), things=f"{rows} {things}", changes=changes) + "."

    def _say(self, key: str, **said: object) -> str:
        return self._words[key].format(**said)

    def _list(self, spoken: Iterable[str]) -> str:
        said = list(dict.fromkeys(spoken))
        more = len(said) - MOST_SHOWN
        if more > 0:
            said = [*said[:MOST_SHOWN], self._say("and_more", count=more)]
        return ", ".join(said)

    def _condition(self, node: exp.Expr) -> str:
        node = node.unnest()
        if isinstance(node, exp.And | exp.Or):
            glue = self._words["and" if isinstance(node, exp.And) else "or"]
            inner = [self._condition(term) for term in node.flatten()]
            return glue.join(inner)
        verb = COMPARED.get(type(node))
        if verb is None or (isinstance(node, exp.Like | exp.ILike) and node.args.get("negate")):
            return self._sql(node)
        return f"{self._value(node.this)} {verb[self._second]} {self._value(node.expression)}"

    def _ordered(self, node: exp.Expr) -> str:
        return self._value(node.this) + (self._words["descending"] if node.args.get("desc") else "")

    def _value(self, node: exp.Expr) -> str:
        node = node.unalias().unnest()
        if isinstance(node, exp.Column):
            return self._named(node)
        if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
            return self._words["count"]
        summed = SUMMED.get(type(node))
        if summed is not None:
            return summed[self._second].format(self._value(node.this))
        if isinstance(node, exp.Literal):
            return f"« {node.this} »" if node.is_string and self._language == "fr" else str(node)
        return self._sql(node)

    def _named(self, column: exp.Column) -> str:
        for view in self._known.views.values():
            if view.column(column.name) is not None and column.table in self._aliases(column, view):
                return self._column(view, column.name)
        return column.name

    @staticmethod
    def _aliases(column: exp.Column, view: View) -> set[str]:
        query = column.root()
        return {table.alias_or_name for table in query.find_all(exp.Table) if table.name == view.name}

    def _column(self, view: View, name: str) -> str:
        column = view.column(name)
        return column.meaning.in_(self._language) if column is not None else name

    @staticmethod
    def _sql(node: exp.Expr) -> str:
        return f"`{node.sql('postgres')}`"
