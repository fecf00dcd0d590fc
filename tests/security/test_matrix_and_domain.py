"""The permission matrix is the one that the two businesses asked for, or says where it is not and why.

`ASKED` is the table of the domain model (section 4.3), for the resources that exist, in the matrix's own letters and
with the reaches that do not exist yet: s one's own sites, v one's own provider. Oneself, of a portal, is its client.
"""

import pytest

from passepartout.tenancy.matrix import COLUMNS, MATRIX, REACHES, VERBS

ASKED = """
             | admin  | manager | concierge | warehouse | driver | client | provider | auditor
organization | RW o   | R o     | -         | -         | -      | -      | -        | R o
usage        | RW o   | R o     | -         | -         | -      | -      | -        | R o
api_keys     | RW o   | R o     | -         | -         | -      | -      | -        | R o
members      | RW o   | RW o    | R o names | R s names | R a    | R a    | R a      | R o
clients      | RWX o  | RWX o   | RW o      | R s names | R a    | R c    | -        | R o masked
projects     | RWX o  | RWX o   | RW o      | R s names | R a    | R c    | -        | R o
documents    | RWX o  | RWX o   | RW o      | RW s      | RW a   | RW c   | RW v     | R o
search       | U o    | U o     | U o       | U s       | U a    | U c    | -        | -
ask          | U o    | U o     | U o       | U s       | U a    | U c    | -        | -
prompts      | RW o   | R o     | -         | -         | -      | -      | -        | R o
llm_run      | U o    | -       | -         | -         | -      | -      | -        | -
proposals    | RWA o  | RWA o   | RW a      | -         | -      | -      | -        | R o
data_requests | RWT o | R o    | W o       | -         | -      | W c    | W v      | R o
retention    | RW o   | R o     | -         | -         | -      | -      | -        | R o
audit        | R o    | R o     | -         | -         | -      | -      | -        | RX o
"""
NO_SITES = "sites do not exist yet: nothing, or one's own, rather than the whole organization"
NOTHING_ASSIGNED = "nothing is assigned to anybody yet: nothing rather than everything"
ONESELF = "oneself is GET /me/, for every role"
# Where less is given than was asked for: resource, roles, why.
NARROWER = {
    ("usage", "org_admin"): "a plan is given by whoever runs the installation (set_plan)",
    ("members", "warehouse_operator"): NO_SITES,
    ("members", "driver"): ONESELF,
    ("members", "client_portal"): ONESELF,
    ("members", "provider_portal"): ONESELF,
    ("clients", "warehouse_operator"): NO_SITES,
    ("clients", "driver"): NOTHING_ASSIGNED,
    ("projects", "warehouse_operator"): NO_SITES,
    ("projects", "driver"): NOTHING_ASSIGNED,
    ("documents", "warehouse_operator"): NO_SITES,
    ("documents", "provider_portal"): "jobs of providers do not exist yet",
    ("data_requests", "provider_portal"): "providers do not exist yet",
    ("search", "warehouse_operator"): NO_SITES,
    ("ask", "warehouse_operator"): NO_SITES,
}
# Where more is given.
WIDER = {
    ("documents", "org_admin"): "transitions: index again, try again, delete, restore",
    ("documents", "manager"): "transitions: index again, try again, delete, restore",
    ("documents", "concierge"): "transitions: index again, try again, delete, restore",
    ("prompts", "org_admin"): "a label is moved by a transition, which the guards of answers may refuse",
    ("audit", "org_admin"): "whoever has no auditor must still hand the log over; each export is a line",
}
# What the domain model does not name, with who may do anything with it.
OURS = {
    "bank_details": {"org_admin", "manager"},
    "embeddings": {"org_admin", "manager", "concierge", "warehouse_operator", "driver"},
    "ocr": {"org_admin", "manager", "concierge", "warehouse_operator", "driver"},
    "llm_jobs": {"org_admin", "manager", "concierge", "warehouse_operator", "driver", "auditor"},
    "golden": {"org_admin", "manager", "auditor"},
    "retrieval_test": {"org_admin", "manager"},
    "jobs": {"org_admin", "manager", "concierge", "warehouse_operator", "driver", "client_portal", "auditor"},
}
WIDTH = ["none", "assigned", "client", "provider", "sites", "organization"]


def asked():
    letters = REACHES | {"s": "sites", "v": "provider"}
    for line in ASKED.strip("\n").splitlines()[1:]:
        resource, *cells = (cell.strip() for cell in line.split("|"))
        for role, cell in zip(COLUMNS, cells, strict=True):
            verbs, reach, shown = (*cell.split(), "", "")[:3] if cell != "-" else ("", "", "")
            yield resource, role, {VERBS[letter] for letter in verbs}, letters.get(reach, "none"), shown


CELLS = list(asked())


@pytest.mark.parametrize(
    ("resource", "role", "verbs", "reach", "shown"), CELLS, ids=[f"{cell[0]} {cell[1].value}" for cell in CELLS]
)
def test_a_cell_is_what_was_asked_for_or_says_why_not(resource, role, verbs, reach, shown):
    given = MATRIX[resource][role]
    here = (resource, role.value)
    less = bool(verbs - given.verbs) or WIDTH.index(given.reach) < WIDTH.index(reach)
    more = bool(given.verbs - verbs) or WIDTH.index(given.reach) > WIDTH.index(reach)
    assert less == (here in NARROWER)
    assert more == (here in WIDER)
    if given.verbs:
        assert given.shown == shown or here in NARROWER


def test_every_resource_is_in_one_of_the_two_tables():
    assert {cell[0] for cell in CELLS} | set(OURS) == set(MATRIX)
    assert {cell[0] for cell in CELLS} & set(OURS) == set()


@pytest.mark.parametrize("resource", OURS)
def test_what_was_not_asked_for_is_given_to_nobody_else(resource):
    assert {role.value for role, grant in MATRIX[resource].items() if grant.verbs} == OURS[resource]


def test_no_reason_is_left_of_a_cell_that_is_gone():
    known = {(resource, role.value) for resource, role, *_ in CELLS}
    assert (set(NARROWER) | set(WIDER)) - known == set()
