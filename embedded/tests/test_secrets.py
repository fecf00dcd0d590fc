import base64
import os
from dataclasses import astuple, fields
from pathlib import Path

import pytest

from embedded.errors import SecretsIncomplete
from embedded.secrets import Secrets, load_or_create, modes_too_open


def test_only_their_owner_may_read_the_secrets(tmp_path: Path) -> None:
    load_or_create(tmp_path / "secrets")
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()} == {0o600}
    assert modes_too_open(tmp_path / "secrets") == []


def test_a_secret_that_became_readable_is_reported(tmp_path: Path) -> None:
    load_or_create(tmp_path / "secrets")
    (tmp_path / "secrets" / "field_key").chmod(0o640)
    assert modes_too_open(tmp_path / "secrets") == [tmp_path / "secrets" / "field_key"]


@pytest.mark.parametrize("lost", ["field_key", "anchor_key", "db_superuser_password"])
def test_a_lost_secret_that_rows_depend_on_is_never_made_anew(tmp_path: Path, lost: str) -> None:
    load_or_create(tmp_path / "secrets")
    (tmp_path / "secrets" / lost).unlink()
    with pytest.raises(SecretsIncomplete, match=rf"{lost}.*Restore them from a backup"):
        load_or_create(tmp_path / "secrets", database_exists=True)
    assert not (tmp_path / "secrets" / lost).exists()


def test_an_empty_secret_is_refused(tmp_path: Path) -> None:
    load_or_create(tmp_path / "secrets")
    (tmp_path / "secrets" / "secret_key").write_text("")
    with pytest.raises(SecretsIncomplete, match="secret_key is empty"):
        load_or_create(tmp_path / "secrets")


def test_secrets_are_made_once_and_all_differ(tmp_path: Path) -> None:
    first = load_or_create(tmp_path / "secrets")
    assert load_or_create(tmp_path / "secrets", database_exists=True) == first
    assert len(set(astuple(first))) == len(fields(Secrets))
    assert len(base64.b64decode(first.field_key, validate=True)) == 32


def test_a_newer_version_that_needs_one_more_secret_makes_only_that_one(tmp_path: Path) -> None:
    first = load_or_create(tmp_path / "secrets")
    (tmp_path / "secrets" / "inference_token").unlink()
    second = load_or_create(tmp_path / "secrets", database_exists=True)
    assert second.inference_token != first.inference_token
    assert second.field_key == first.field_key


def test_a_wide_umask_does_not_open_the_secrets(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_or_create(tmp_path / "secrets")
    finally:
        os.umask(before)
    assert modes_too_open(tmp_path / "secrets") == []
