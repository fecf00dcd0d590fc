"""A bounded part of the fuzz; `benchmarks/sql_fuzz.py` runs the whole."""

from .fuzz import examine, spliced
from .layers import Gate, Layers
from .world import World

SEED, COUNT = 20261122, 2500


def test_what_the_gate_takes_of_spliced_statements_reads_the_views_it_named_and_nobody_elses_rows(
    whole_world: World, django_db_blocker: object
) -> None:
    with Gate(whole_world, Layers()) as gate, gate.reader() as session:
        tally = examine(gate, session, spliced(SEED), COUNT)
    assert tally.suspect == []
    assert tally.reads > COUNT / 25, "too few are taken to prove anything"
    assert len(tally.refused) > 10, "refused for many reasons"
