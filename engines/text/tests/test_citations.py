from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.text.citations import label, parse


@pytest.mark.parametrize(("document", "part"), [("", 1), ("a b", 1), ("a]", 1), ("a", 0), ("a", -1), ("-a", 1)])
def test_what_could_not_be_read_back_is_refused(document, part):
    with pytest.raises(ValueError, match="not a citable chunk"):
        label(document, part)


@pytest.mark.parametrize(
    "text", ["", "[DOC:]", "[DOC:a]", "[DOC:a-0]", "[DOC:a-x]", "[doc:a-1]", "DOC:a-1", "[DOC:a -1]"]
)
def test_what_is_not_a_label_is_left_alone(text):
    assert parse(text) == []


@given(st.uuids().map(str) | st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True), st.integers(1, 10**9 - 1))
def test_a_label_is_read_back_where_it_is(document, part):
    text = f"Il est livré {label(document, part)}. Fin"
    (citation,) = parse(text)
    assert (citation.document_id, citation.part) == (document, part)
    assert text[citation.start : citation.end] == label(document, part)


def test_labels_come_in_order():
    assert [(found.document_id, found.part) for found in parse("[DOC:b-2][DOC:a-1] x [DOC:b-2]")] == [
        ("b", 2),
        ("a", 1),
        ("b", 2),
    ]
