"""Who may do what: the permission matrix, in one place, as data.

Verbs: R read, W create and change, T transitions, X export, A approve, U use. Reach: o the whole organization, a what
is assigned to me or mine, c my own client. A third word says how much of a row is shown: names, or masked (no personal
fields). Served to the pages as abilities, checked by `MatrixPermission`, and the source of the allow and deny tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from .models import Role

VERBS = {"R": "read", "W": "write", "T": "transition", "X": "export", "A": "approve", "U": "use"}
REACHES = {"o": "organization", "a": "assigned", "c": "client"}
COLUMNS = [Role.ORG_ADMIN, Role.MANAGER, Role.CONCIERGE, Role.WAREHOUSE, Role.DRIVER, Role.CLIENT_PORTAL,
           Role.PROVIDER_PORTAL, Role.AUDITOR]  # fmt: skip
TABLE = """
             | admin  | manager | concierge | warehouse | driver | client | provider | auditor
organization | RW o   | R o     | -         | -         | -      | -      | -        | R o
members      | RW o   | RW o    | R o names | -         | -      | -      | -        | R o
api_keys     | RW o   | R o     | -         | -         | -      | -      | -        | R o
clients      | RWX o  | RWX o   | RW o      | -         | -      | R c    | -        | R o masked
projects     | RWX o  | RWX o   | RW o      | -         | -      | R c    | -        | R o
documents    | RWTX o | RWTX o  | RWT o     | RW a      | RW a   | RW c   | -        | R o
bank_details | R o    | R o     | -         | -         | -      | -      | -        | -
search       | U o    | U o     | U o       | U a       | U a    | U c    | -        | -
ask          | U o    | U o     | U o       | U a       | U a    | U c    | -        | -
embeddings   | U o    | U o     | U o       | U a       | U a    | -      | -        | -
ocr          | U o    | U o     | U o       | U a       | U a    | -      | -        | -
prompts      | RWT o  | R o     | -         | -         | -      | -      | -        | R o
llm_jobs     | RU o   | RU a    | RU a      | R a       | R a    | -      | -        | R o
llm_run      | U o    | -       | -         | -         | -      | -      | -        | -
golden       | RWA o  | RW o    | -         | -         | -      | -      | -        | R o
retrieval_test | U o  | U o     | -         | -         | -      | -      | -        | -
proposals    | RWA o  | RWA o   | RW a      | -         | -      | -      | -        | R o
jobs         | R o    | R o     | R a       | R a       | R a    | R a    | -        | R o
usage        | R o    | R o     | -         | -         | -      | -      | -        | R o
data_requests | RWT o | R o    | W o       | -         | -      | W c    | -        | R o
retention    | RW o   | R o     | -         | -         | -      | -      | -        | R o
audit        | RX o   | R o     | -         | -         | -      | -      | -        | RX o
"""


@dataclass(frozen=True)
class Grant:
    """``shown``: "" the whole row, else `NAMES` or `MASKED`."""

    verbs: frozenset[str]
    reach: str
    shown: str = ""


NAMES, MASKED = "names", "masked"
HIDDEN = "•••"  # in place of what is not shown
NONE = Grant(frozenset(), "none")


def _read(table: str) -> Mapping[str, Mapping[Role, Grant]]:
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip("\n").splitlines()[1:]]
    return {row[0]: {role: _grant(cell) for role, cell in zip(COLUMNS, row[1:], strict=True)} for row in rows}


def _grant(cell: str) -> Grant:
    if cell == "-":
        return NONE
    letters, reach, *shown = cell.split()
    return Grant(frozenset(VERBS[letter] for letter in letters), REACHES[reach], *shown)


MATRIX = _read(TABLE)
SCOPES = sorted(f"{resource}:{verb}" for resource, row in MATRIX.items() for verb in
                {verb for grant in row.values() for verb in grant.verbs})  # fmt: skip
