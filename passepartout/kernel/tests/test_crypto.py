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
    rings = {ident: ring() for ident in (ORGANIZATION, OTHER)}
    monkeypatch.setattr(crypto, "_source", [lambda organization, *, fresh=False: rings[organization]])


def ring(*former: crypto.Keyring, index: bytes = b"") -> crypto.Keyring:
    """A new key in front of those of other rings."""
    ident = os.urandom(8)
    known = {name: key for each in former for name, key in each.keys.items()}
    return crypto.Keyring(ident, {**known, ident: os.urandom(32)}, index or os.urandom(32))


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


def test_what_was_written_under_a_former_key_opens_while_it_is_kept_and_not_after(monkeypatch):
    before = ring()
    monkeypatch.setattr(crypto, "_source", [lambda organization, *, fresh=False: before])
    stored = crypto.encrypt("Mme Durand", **PLACE)
    both = ring(before)
    monkeypatch.setattr(crypto, "_source", [lambda organization, *, fresh=False: both])
    assert crypto.decrypt(stored, **PLACE) == "Mme Durand"
    again = crypto.encrypt("Mme Durand", **PLACE)
    after = crypto.Keyring(both.current, {both.current: both.keys[both.current]}, both.index)
    monkeypatch.setattr(crypto, "_source", [lambda organization, *, fresh=False: after])
    assert crypto.decrypt(again, **PLACE) == "Mme Durand"
    with pytest.raises(crypto.DecryptionError, match="no longer has"):
        crypto.decrypt(stored, **PLACE)


def test_a_key_that_is_newer_than_what_is_kept_in_memory_is_asked_for_again(monkeypatch):
    old = ring()
    new = ring(old)
    monkeypatch.setattr(crypto, "_source", [lambda organization, *, fresh=False: new])
    stored = crypto.encrypt("Mme Durand", **PLACE)
    monkeypatch.setattr(crypto, "_source", [lambda organization, *, fresh=False: new if fresh else old])
    assert crypto.decrypt(stored, **PLACE) == "Mme Durand"


def test_blind_indexes_outlive_the_key_that_encrypts(monkeypatch):
    old = ring()
    found = []
    for each in (old, ring(old, index=old.index)):
        monkeypatch.setattr(crypto, "_source", [lambda organization, *, fresh=False, each=each: each])
        found.append(crypto.blind_index("a@b.fr", organization=ORGANIZATION, column="clients.email"))
    assert found[0] == found[1]


def test_the_beginning_of_a_stored_value_tells_its_key(monkeypatch):
    one = ring()
    monkeypatch.setattr(crypto, "_source", [lambda organization, *, fresh=False: one])
    assert crypto.encrypt("Mme Durand", **PLACE).startswith(crypto.prefix_of(one.current))
    assert not crypto.encrypt("Mme Durand", **PLACE).startswith(crypto.prefix_of(os.urandom(8)))
