"""What the two roles that run proposed SQL may still reach in PostgreSQL's own catalogue: what honest questions need.

A layer of its own below the gate (docs/adr has the figures): a statement that got past the analysis finds neither the
catalogue's tables nor the functions that sleep, lock, signal, read files or change settings. It needs a superuser
once, for each database and for template1; an external server is hardened with the same statements by its operator.
"""

import psycopg
from psycopg import sql

SCHEMAS = ("pg_catalog", "information_schema")
# Besides the functions behind operators and casts. Aggregates are checked by their own name only.
NEEDED = [
    "count", "sum", "avg", "min", "max", "bool_and", "bool_or", "string_agg", "percentile_cont", "rank",
    "dense_rank", "row_number", "lag", "lead", "round", "abs", "ceil", "ceiling", "floor", "lower", "upper",
    "length", "char_length", "btrim", "ltrim", "rtrim", "left", "right", "substring", "substr", "position",
    "strpos", "concat", "extract", "date_trunc", "to_char", "timezone", "now", "date", "numeric", "text", "int4",
    "float8", "like_escape", "age", "make_date", "to_date", "mode", "stddev", "stddev_pop", "stddev_samp", "variance",
    "var_samp", "var_pop", "corr", "ntile", "percent_rank", "cume_dist", "first_value", "last_value", "replace",
    "split_part", "concat_ws", "percentile_disc", "trunc",
]  # fmt: skip

_RESTRICT = """
REVOKE SELECT ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} FROM PUBLIC, {confined};
GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {trusted};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {trusted};
"""
_HARMLESS = """
SELECT DISTINCT p.oid::regprocedure::text FROM pg_catalog.pg_proc p
WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prosecdef = false
  -- Between two texts, substring matches a regular expression.
  AND p.oid <> ALL ('{"substring(text,text)","substring(text,text,text)"}'::regprocedure[]) AND (
  p.proname = ANY(%(needed)s)
  -- The policies of the tables below the views read settings; what a statement may read there is its own scope.
  OR p.oid = 'pg_catalog.current_setting(text, boolean)'::regprocedure
  -- A constant that is cast to text or from it is worked out by the planner, which asks for the right.
  OR p.oid IN (SELECT unnest(ARRAY[typinput, typoutput]) FROM pg_catalog.pg_type WHERE typname = ANY(%(kinds)s)
               AND typnamespace = 'pg_catalog'::regnamespace)
  OR p.oid IN (SELECT oprcode FROM pg_catalog.pg_operator WHERE oprname <> ALL(%(refused)s))
  OR p.oid IN (SELECT castfunc FROM pg_catalog.pg_cast WHERE casttarget <> ALL(%(names)s::regtype[])))
"""
# Matching by regular expression may take for ever; casting to a name of the catalogue tells what exists.
_KINDS = ["bool", "int2", "int4", "int8", "numeric", "float4", "float8", "text", "varchar", "bpchar", "date", "time",
          "timestamp", "timestamptz", "interval", "uuid"]  # fmt: skip
_REFUSED_OPERATORS = ["~", "~*", "!~", "!~*"]
_CATALOGUE_NAMES = ["regclass", "regproc", "regprocedure", "regoper", "regoperator", "regtype", "regrole",
                    "regnamespace", "regconfig", "regdictionary", "xml", "oid"]  # fmt: skip

_OPEN_TABLES = """
SELECT c.oid::regclass::text FROM pg_catalog.pg_class c
WHERE c.relnamespace = ANY(%(schemas)s::regnamespace[]) AND c.relkind IN ('r', 'v', 'm')
  AND EXISTS (SELECT 1 FROM unnest(%(roles)s::text[]) AS role WHERE has_table_privilege(role, c.oid, 'select'))
ORDER BY 1
"""
_CHOSEN = {"needed": NEEDED, "refused": _REFUSED_OPERATORS, "names": _CATALOGUE_NAMES, "kinds": _KINDS}
_OPEN_FUNCTIONS = """
WITH harmless (signature) AS ({harmless})
SELECT p.oid::regprocedure::text FROM pg_catalog.pg_proc p
WHERE p.pronamespace = ANY(%(schemas)s::regnamespace[])
  AND EXISTS (SELECT 1 FROM unnest(%(roles)s::text[]) AS role WHERE has_function_privilege(role, p.oid, 'execute'))
  AND p.oid::regprocedure::text NOT IN (SELECT signature FROM harmless)
ORDER BY 1
"""
_WITHHELD = """
WITH harmless (signature) AS ({harmless})
SELECT EXISTS (SELECT 1 FROM harmless, unnest(%(roles)s::text[]) AS role
               WHERE NOT has_function_privilege(role, signature, 'execute'))
"""


def harden(connection: psycopg.Connection, *, trusted: list[str], confined: list[str]) -> None:
    """Take the catalogue from PUBLIC, give it whole to ``trusted`` and the harmless part to ``confined``.

    As superuser, in the database of ``connection``; does nothing when it was done. Raises psycopg.Error.
    """
    if _is_hardened(connection, confined):
        return
    roles = {name: sql.SQL(", ").join(map(sql.Identifier, given)) for name, given in
             (("trusted", trusted), ("confined", confined))}  # fmt: skip
    for schema in SCHEMAS:
        for statement in _RESTRICT.strip().split("\n"):
            connection.execute(sql.SQL(statement).format(schema=sql.Identifier(schema), **roles))
    signatures = [row[0] for row in connection.execute(_HARMLESS, _CHOSEN)]
    connection.execute(
        sql.SQL("GRANT EXECUTE ON FUNCTION {functions} TO {confined}").format(
            functions=sql.SQL(", ").join(map(sql.SQL, signatures)), confined=roles["confined"]
        )
    )


def open_tables(connection: psycopg.Connection, confined: list[str]) -> list[str]:
    """Tables and views of the catalogue that any of ``confined`` may read. As a role that may itself."""
    found = connection.execute(_OPEN_TABLES, {"schemas": list(SCHEMAS), "roles": confined})
    return [row[0] for row in found]


def open_functions(connection: psycopg.Connection, confined: list[str]) -> list[str]:
    """Functions of the catalogue that any of ``confined`` may call though no honest question needs them.

    A new major version of PostgreSQL brings some that are open to everybody.
    """
    found = connection.execute(
        _OPEN_FUNCTIONS.replace("{harmless}", _HARMLESS), {**_CHOSEN, "schemas": list(SCHEMAS), "roles": confined}
    )
    return [row[0] for row in found]


def _is_hardened(connection: psycopg.Connection, confined: list[str]) -> bool:
    row = connection.execute(
        "SELECT bool_or(has_function_privilege(role, 'pg_catalog.pg_sleep(double precision)', 'execute') "
        "OR has_table_privilege(role, 'pg_catalog.pg_class', 'select') "
        "OR NOT has_function_privilege(role, 'pg_catalog.int4eq(integer, integer)', 'execute')) "
        "FROM unnest(%s::text[]) AS role",
        [confined],
    ).fetchone()
    return row == (False,) and not open_functions(connection, confined) and not _withheld(connection, confined)


def _withheld(connection: psycopg.Connection, confined: list[str]) -> bool:
    """Whether a function that honest questions need is not theirs: a newer version of this file names more."""
    found = connection.execute(_WITHHELD.replace("{harmless}", _HARMLESS), {**_CHOSEN, "roles": confined}).fetchone()
    return found == (True,)
