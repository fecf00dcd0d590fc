"""24,000 spliced statements through the SQL gate: `./run bench sql_fuzz`. Fails when one that is taken is suspect.

What PostgreSQL's own plan reads, and what comes out, is compared with what the analysis said
(tests/security/sql/fuzz.py).
"""

import sys
import time
from typing import Any
from urllib.parse import urlsplit

from benchmarks._world import World, keep, world

SEED, COUNT = 1, 24_000


def main() -> int:
    with world("fuzz") as made:
        made.adopt()
        return keep("sql_fuzz", _measured(made))


def _measured(made: World) -> dict[str, Any]:
    from tests.security.sql import world as logistics
    from tests.security.sql.fuzz import examine, spliced
    from tests.security.sql.layers import Gate, Layers

    owner = urlsplit(made.owner)
    logistics.OWNER_IDENTITY.update(HOST=owner.hostname, PORT=owner.port, USER=owner.username, PASSWORD=owner.password)
    started = time.perf_counter()
    with logistics.world("spliced") as where, Gate(where, Layers()) as gate, gate.reader() as session:
        tally = examine(gate, session, spliced(SEED), COUNT)
    return {
        "seed": SEED,
        "statements": tally.made,
        "reads_taken": tally.reads,
        "changes_taken": tally.writes,
        "refused": dict(tally.refused.most_common()),
        "suspect": tally.suspect,
        "seconds": round(time.perf_counter() - started),
        "passed": not tally.suspect,
    }


if __name__ == "__main__":
    sys.exit(main())
