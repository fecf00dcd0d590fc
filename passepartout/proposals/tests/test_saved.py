"""The catalogue of saved questions: each is found by its own words, and its statement passes the gate, at any time."""

import pytest

from passepartout.kernel.sqlviews import catalogue
from passepartout.proposals.analysis import Read, analyse
from passepartout.proposals.saved import examples, statement_for

TIMES = {"fr": ("", "aujourd'hui", "hier", "cette semaine", "le mois dernier", "ces 7 derniers jours"),
         "en": ("", "today", "yesterday", "this week", "last month", "in the last 7 days")}  # fmt: skip
EXAMPLES = examples()


def test_there_are_enough_of_them_in_both_languages() -> None:
    assert len(EXAMPLES) >= 8
    assert all(example.phrasings["fr"] and example.phrasings["en"] for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.ident)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_way_of_asking_finds_its_statement_which_passes_the_gate(example, language) -> None:
    for phrasing in example.phrasings[language]:
        for time in TIMES[language]:
            sql = statement_for(f"{phrasing} {time} ?")
            assert sql is not None, (phrasing, time)
            read = analyse(sql, catalogue())
            assert isinstance(read, Read)
            assert ("now" in sql.lower() or "CURRENT_TIMESTAMP" in sql) == bool(time)
        again = statement_for(phrasing)
        assert again == example.sql, phrasing
