"""Encryption of personal columns, without a database."""

import base64
import os
from typing import Any
from uuid import UUID, uuid4

import pytest

from passepartout.kernel import crypto

ORGANIZATION, OTHER, ROW = uuid4(), uuid4(), uuid4()
PLACE: dict[str, Any] = {"organization": ORGANIZATION, "column": "clients.name", "row": ROW}


@pytest.fixture(autouse=True)
def _keys(monkeypatch):
    keys = {ident: (os.urandom(8), os.urandom(32)) for ident in (ORGANIZATION, OTHER)}
    monkeypatch.setattr(crypto, "_source", [keys.__getitem__])


@pytest.mark.parametrize("change", [{"organization": OTHER}, {"column": "clients.email"}, {"row": UUID(int=7)}])
def test_a_value_moved_to_another_place_does_not_open(change):
    stored = crypto.encrypt("Mme Durand", **PLACE)
    with pytest.raises(crypto.DecryptionError):
        crypto.decrypt(stored, **{**PLACE, **change})


@pytest.mark.parametrize("position", [0, 8, 20, -1])
def test_an_altered_value_does_not_open(position):
    raw = bytearray(base64.b64decode(crypto.encrypt("Mme Durand", **PLACE)))
    raw[position] ^= 1
    with pytest.raises(crypto.DecryptionError):
        crypto.decrypt(base64.b64encode(raw).decode(), **PLACE)


@pytest.mark.parametrize("stored", ["plain text", "AAAA", "é", ""])
def test_what_was_never_encrypted_does_not_open(stored):
    with pytest.raises(crypto.DecryptionError):
        crypto.decrypt(stored, **PLACE)


def test_another_master_key_does_not_unwrap():
    wrapped = crypto.wrap(os.urandom(32), os.urandom(32))
    with pytest.raises(crypto.DecryptionError, match="FIELD_ENCRYPTION_KEY"):
        crypto.unwrap(os.urandom(32), wrapped)


def test_the_same_text_is_stored_differently_each_time():
    assert crypto.encrypt("Mme Durand", **PLACE) != crypto.encrypt("Mme Durand", **PLACE)


@pytest.mark.parametrize("text", ["Mme Durand", "Ñandú 🐦", "x" * 10_000, "\n"])
def test_what_was_encrypted_comes_back(text):
    assert crypto.decrypt(crypto.encrypt(text, **PLACE), **PLACE) == text


def test_blind_indexes_of_two_organizations_or_columns_cannot_be_compared():
    def index(**change):
        return crypto.blind_index("a@b.fr", **{"organization": ORGANIZATION, "column": "clients.email", **change})

    assert len({index(), index(organization=OTHER), index(column="clients.phone")}) == 3


def test_blind_indexes_ignore_case_space_and_unicode_form():
    def index(text):
        return crypto.blind_index(text, organization=ORGANIZATION, column="clients.name")

    assert index("Éloïse") == index("  éloïse ") == index("E\u0301loi\u0308se") == index("ÉLOÏSE")
    assert index("Éloïse") != index("Eloise")
    assert index(" ") == ""
