"""The suites on a real database: honest statements give right answers; attacks do nothing even without the analysis."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection

from passepartout.proposals.analysis import Read, analyse
from passepartout.proposals.execution import confined, reads

from . import Statement, read_statements
from .answers import ANSWERS
from .layers import Gate, Layers
from .world import CATALOGUE, MINE, World

ATTACKS, HONEST = read_statements("attacks"), read_statements("honest")
# They pass the cursor of a role that may not even name a table of the catalogue, and tell what that role is called.
HERE = confined.Place(MINE)
TELLING = {
    "SELECT current_user FROM documents",
    "SELECT session_user FROM documents",
    "SELECT current_role FROM documents",
    "SELECT user FROM documents",
    "SELECT current_catalog FROM documents",
    "SELECT CAST('pg_class' AS regclass) FROM documents",
    "SELECT regclass 'pg_class' FROM documents",
    "SELECT 'passepartout_owner'::regrole::text FROM documents",
}
# Equal words of few kinds: the planner knows nothing of them behind a view and expects a few rows.
COSTLY = """
SELECT count(*) FROM documents a JOIN documents b ON a.status = b.status JOIN documents c ON b.status = c.status
"""


def read(sql: str) -> Read:
    analysed = analyse(sql, CATALOGUE)
    assert isinstance(analysed, Read)
    return analysed


def plain(value: Any) -> Any:
    return round(float(value), 6) if isinstance(value, (int, float)) or hasattr(value, "quantize") else value


@pytest.mark.parametrize("honest", HONEST, ids=lambda honest: honest.about)
def test_an_honest_question_gets_the_right_answer(in_world: World, honest: Statement) -> None:
    result = reads.run(read(honest.sql), HERE)
    answer = ANSWERS.get(honest.about)
    if answer is None:
        return
    expected = [tuple(map(plain, row)) for row in answer(in_world.rows)]
    given = [tuple(map(plain, row)) for row in result.rows]
    if " ORDER BY " not in honest.sql.rsplit(")", 1)[-1]:
        expected, given = sorted(expected, key=repr), sorted(given, key=repr)
    assert given == expected[: result_limit(honest.sql)]
    assert expected, "an empty answer proves little"


def result_limit(sql: str) -> int:
    return read(sql).limit


def test_a_good_part_of_the_honest_questions_has_an_answer_computed_another_way() -> None:
    assert len(ANSWERS) >= 25
    assert set(ANSWERS) <= {honest.about for honest in HONEST}


@pytest.fixture(scope="module")
def bare(whole_world: World, django_db_blocker: Any) -> Iterator[Gate]:
    """Every layer but the analysis, so that the raw text of an attack runs as the reading role."""
    with Gate(whole_world, Layers(analysis=False)) as gate:
        yield gate


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.about}: {ascii(attack.sql)[:60]}")
def test_an_attack_that_got_past_the_analysis_still_does_nothing(bare: Gate, attack: Statement) -> None:
    assert bare.attempt(attack).harm == ("the server" if attack.sql in TELLING else "")


def test_the_gates_own_code_gives_an_attack_nothing_either(in_world: World, settings: Any) -> None:
    """The same attacks through `reads.run`, where names are found as in the statement of a model."""
    settings.SQL_READER_URL = f"{configured.SQL_READER_URL}?options=-csearch_path%3Dai"
    for attack in ATTACKS[::3]:
        try:
            result = reads.run(Read(attack.sql, (), (), 1000, read("SELECT title FROM documents").tree), HERE)
        except (confined.Failed, UnicodeError, ValueError):
            continue
        assert all("NORD" not in str(value) and "CACHE" not in str(value) for row in result.rows for value in row)


def test_a_read_that_would_take_too_long_is_not_begun(in_world: World, settings: Any) -> None:
    settings.SQL_MAX_COST = 20
    with pytest.raises(confined.Failed) as failed:
        reads.run(read("SELECT title FROM documents"), HERE)
    assert failed.value.code == "sql_cost"


def test_a_read_that_takes_longer_than_the_planner_thought_is_ended(in_world: World, settings: Any) -> None:
    settings.SQL_READER_URL = f"{configured.SQL_READER_URL}?options=-cstatement_timeout%3D300"
    with pytest.raises(confined.Failed) as failed:
        reads.run(read(COSTLY), HERE)
    assert failed.value.code == "sql_timeout"


def test_a_result_is_cut_at_the_rows_and_the_bytes_that_are_allowed(in_world: World, settings: Any) -> None:
    few = reads.run(read("SELECT id FROM documents LIMIT 7"), HERE)
    assert (len(few.rows), few.truncated) == (7, False)
    settings.SQL_MAX_RESULT_BYTES = 1000
    assert reads.run(read("SELECT id, title FROM documents"), HERE).truncated


def test_a_token_of_another_connection_or_another_time_shows_nothing(in_world: World) -> None:
    with connection.cursor() as cursor:
        for pid, seconds in ((1, 60), (None, -1)):
            with confined.reader(HERE) as session:
                cursor.execute("SELECT gate.issue(%s, %s, %s)", [MINE, pid or session.info.backend_pid, seconds])
                token = cursor.fetchone()[0]
                session.execute(f"SET LOCAL app.sql_token = '{token}'")
                assert session.execute("SELECT count(*) FROM ai.documents").fetchone() == (0,)


@pytest.mark.parametrize("token", ["", "a", "a|b|c|d", f"{MINE}|9999999999|1|{'0' * 64}", "|||", "'"])
def test_a_forged_token_shows_nothing(in_world: World, token: str) -> None:
    with confined.reader(HERE) as session:
        session.execute(f"SET LOCAL app.sql_token = '{token.replace(chr(39), chr(39) * 2)}'")
        try:
            assert session.execute("SELECT count(*) FROM ai.documents").fetchone() == (0,)
        except confined.psycopg.errors.DataError:
            session.rollback()  # not even a token


def test_a_session_that_nobody_came_to_use_is_closed(in_world: World) -> None:
    with confined.reading() as session:
        opened = session.connection()
        assert not opened.closed
    assert opened.closed


def test_no_session_is_used_twice(in_world: World) -> None:
    pids = []
    for _ in range(3):
        with confined.reader(HERE) as session:
            pids.append(session.info.backend_pid)
        assert session.closed
    assert len(set(pids)) == 3


@pytest.mark.parametrize("said", ["on", "off"])
def test_a_backslash_ends_no_literal_whatever_the_server_was_told(in_world: World, settings: Any, said: str) -> None:
    """With the other setting the second literal would be read as SQL, and be true for every row."""
    settings.SQL_READER_URL = f"{configured.SQL_READER_URL}?options=-cstandard_conforming_strings%3D{said}"
    trick = r"SELECT count(*) FROM documents WHERE title = 'a\' AND status <> ' OR true OR title = '"
    assert reads.run(read(trick), HERE).rows == ((0,),)


@pytest.mark.parametrize("call", ["substring('ab', '(a+)+$')", "substring('ab', '%', '#')"])
def test_no_function_that_matches_regular_expressions_is_within_reach(in_world: World, call: str) -> None:
    with confined.reader(HERE) as session, pytest.raises(confined.psycopg.errors.InsufficientPrivilege):
        session.execute(f"SELECT {call}")


@pytest.fixture(scope="module")
def plain_session(whole_world: World, django_db_blocker: Any) -> Iterator[confined.psycopg.Connection]:
    """The reading role with the views in its path, so that a statement runs as it came."""
    with Gate(whole_world, Layers()) as gate, gate.reader() as session:
        session.execute("SET LOCAL search_path = ai; SET LOCAL statement_timeout = '20s'")
        yield session


@pytest.mark.parametrize(
    # The role may only call extract(), as which the gate writes date_part() again.
    "honest",
    [each for each in HONEST if "date_part" not in each.sql],
    ids=lambda honest: honest.about,
)
def test_the_canonical_text_gives_what_the_text_that_came_gives(
    plain_session: confined.psycopg.Connection, honest: Statement
) -> None:
    """PostgreSQL reads both, within one transaction: the same now(), the same rows."""
    with plain_session.transaction(force_rollback=True):
        came, canonical = (
            [tuple(row) for row in plain_session.execute(text.encode()).fetchmany(1000)]
            for text in (honest.sql, read(honest.sql).sql)
        )
    assert sorted(map(repr, came)) == sorted(map(repr, canonical))
