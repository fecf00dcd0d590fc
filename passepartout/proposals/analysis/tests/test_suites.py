"""The attack suite beside the honest one, before any database: what is analysed is all that can run."""

import pytest

from passepartout.kernel.sqlviews import Catalogue
from passepartout.proposals.analysis import Read, Refused, Write, analyse
from passepartout.proposals.analysis.refusals import SENTENCES
from tests.security.sql import Statement, read_statements

IDS = {"{charlie}": "0192f5a4-0000-7000-8000-00000000c0de", "{document}": "0192f5a4-0000-7000-8000-000000000d0c"}
ATTACKS, HONEST = read_statements("attacks"), read_statements("honest")


def _filled(sql: str) -> str:
    for name, value in IDS.items():
        sql = sql.replace(name, value)
    return sql


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.about}: {ascii(attack.sql)[:60]}")
def test_an_attack_is_refused_with_a_code_and_a_sentence_in_both_languages(known: Catalogue, attack: Statement) -> None:
    with pytest.raises(Refused) as refused:
        analyse(_filled(attack.sql), known)
    assert refused.value.code in SENTENCES
    assert refused.value.sentence("fr") != refused.value.sentence("en")
    assert "{" not in refused.value.sentence("fr")


@pytest.mark.parametrize("honest", HONEST, ids=lambda honest: honest.about)
def test_an_honest_question_passes_and_reads_the_same_when_analysed_again(known: Catalogue, honest: Statement) -> None:
    read = analyse(honest.sql, known)
    assert isinstance(read, Read)
    assert 1 <= read.limit <= 1000
    again = analyse(read.sql, known)
    assert isinstance(again, Read)
    assert again.sql == read.sql


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE documents SET title = 'Bail 12' WHERE id = '{document}'",
        "UPDATE ai.documents SET title = 'L''appartement' WHERE id IN ('{document}', '{charlie}')",
        "UPDATE incidents SET severity = 'high', status = NULL WHERE id = '{document}'",
        "INSERT INTO incidents (shipment_id, kind, severity) VALUES ('{document}', 'damage', 'low')",
    ],
)
def test_a_change_becomes_a_structure_that_reads_the_same_when_analysed_again(known: Catalogue, sql: str) -> None:
    write = analyse(_filled(sql), known)
    assert isinstance(write, Write)
    assert analyse(write.sql, known) == write


def test_the_suites_are_as_large_as_was_asked_for() -> None:
    assert len(ATTACKS) >= 750
    assert len(HONEST) >= 150
