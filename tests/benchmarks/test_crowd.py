"""The organizations that `ask_latency` fills look as the product's own do."""

import uuid

import numpy as np
import pytest
from django.apps import apps

from benchmarks._crowd import CHUNKS, COLUMNS, MODEL_DIMENSIONS, WINDOWS, Crowd
from benchmarks.ask_latency import _shuffled_questions
from engines.text.analysis import terms

ORGANIZATION = uuid.UUID(int=7)
MODEL = "some-model/fp32"


@pytest.fixture(scope="module")
def document() -> dict[str, list[dict[str, object]]]:
    """The rows of one document by table, each by column."""
    vectors = np.random.default_rng(5).normal(size=(40, MODEL_DIMENSIONS)).astype(np.float32)
    crowd = Crowd(MODEL, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    rows = crowd.rows(ORGANIZATION, documents=1)
    names = {table: [column.partition(":")[0] for column in columns.split()] for table, columns in COLUMNS.items()}
    return {table: [dict(zip(names[table], row, strict=True)) for row in rows[table]] for table in rows}


@pytest.mark.parametrize("table", COLUMNS)
def test_every_column_that_may_not_be_null_is_written_and_no_other_is_named(table: str) -> None:
    (model,) = [each for each in apps.get_models() if each._meta.db_table == table]
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    written = {column.partition(":")[0] for column in COLUMNS[table].split()}
    assert written <= {field.column for field in fields}
    assert {field.column for field in fields if not field.null and field.column} <= written


def test_all_rows_are_of_the_organization(document) -> None:
    assert {row["org_id"] for rows in document.values() for row in rows} == {ORGANIZATION}


def test_a_version_counts_what_it_holds(document) -> None:
    (version,) = document["document_versions"]
    assert version["chunk_count"] == len(document["embeddings_meta"]) == CHUNKS
    assert version["window_count"] == len(document["chunk_windows"]) == CHUNKS * WINDOWS
    assert version["term_count"] == sum(sum(row["freqs"]) for row in document["postings"])
    assert document["documents"][0]["live_version"] == version["id"]


def test_postings_are_those_of_the_chunks(document) -> None:
    (written,) = document["documents"]
    chunk = document["embeddings_meta"][0]
    found = {row["term"] for row in document["postings"] if chunk["part_no"] in row["parts"]}
    missing = set(terms(chunk["chunk_text"], written["language"])) - found
    # Made-up words are stored as they are, not stemmed.
    assert len(missing) < len(found) / 4


def test_windows_are_unit_vectors(document) -> None:
    lengths = [np.linalg.norm(row["embedding"].to_numpy().astype(np.float32)) for row in document["chunk_windows"]]
    assert lengths == pytest.approx([1.0] * len(lengths), abs=1e-3)


def test_questions_of_both_languages_come_mixed_and_always_in_one_order() -> None:
    asked = _shuffled_questions()
    assert len(asked) == len(set(asked)) > 100
    assert asked == _shuffled_questions() != sorted(asked)
