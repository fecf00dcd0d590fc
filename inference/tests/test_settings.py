from __future__ import annotations

import pytest

from inference.common.settings import SettingsError, from_environment


def test_the_models_directory_must_be_named():
    with pytest.raises(SettingsError, match="MODELS_DIR"):
        from_environment({})


@pytest.mark.parametrize("threads", ["0", "-1", "two", "1.5"])
def test_a_number_that_makes_no_sense_is_named(threads):
    with pytest.raises(SettingsError, match="INFERENCE_THREADS"):
        from_environment({"MODELS_DIR": "models", "INFERENCE_THREADS": threads})


def test_a_token_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="INFERENCE_TOKEN_FILE"):
        from_environment({"MODELS_DIR": "models", "INFERENCE_TOKEN_FILE": str(tmp_path / "absent")})


def test_the_token_may_come_from_a_file(tmp_path):
    (tmp_path / "token").write_text("secret\n")
    settings = from_environment({"MODELS_DIR": "models", "INFERENCE_TOKEN_FILE": str(tmp_path / "token")})
    assert settings.token == "secret"
    assert settings.threads == 2


def test_a_gpu_without_the_place_of_its_leases_is_refused():
    with pytest.raises(SettingsError, match="INFERENCE_GPU_LEASES"):
        from_environment({"MODELS_DIR": "models", "INFERENCE_GPU": "gpu0"})


def test_the_place_of_the_leases_holds_a_password_and_may_come_from_a_file(tmp_path):
    (tmp_path / "leases").write_text("redis://:secret@127.0.0.1:6379/0\n")
    settings = from_environment(
        {"MODELS_DIR": "models", "INFERENCE_GPU": "gpu0", "INFERENCE_GPU_LEASES_FILE": str(tmp_path / "leases")}
    )
    assert (settings.gpu, settings.gpu_leases) == ("gpu0", "redis://:secret@127.0.0.1:6379/0")
