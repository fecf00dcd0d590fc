"""LLM04, supply chain: a model, a package or a library that is not the one that was pinned is not used."""

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from embedded.errors import SetupFailed
from embedded.models import check_language_model
from engines.embeddings.local import LocalEmbedder
from engines.embeddings.model_files import GRAPH, TOKENIZER
from engines.errors import EngineUnavailable
from engines.models import ModelFile, catalogue
from engines.models.errors import FileAltered
from engines.models.fetching import Fetcher
from engines.models.tests.hub import CONTENT, running_hub
from engines.models.verifying import is_altered
from inference.llm.server import refuse_what_is_no_model
from passepartout.documents.factories import indexed
from passepartout.kernel.scope import tenant
from passepartout.llm.models import LlmJob
from tests.answers.house import QUESTION, RULES

ROOT = Path(__file__).resolve().parents[3]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
SOURCES = [path for folder in ("engines", "inference", "passepartout", "embedded")
           for path in (ROOT / folder).rglob("*.py") if "tests" not in path.parts]  # fmt: skip
# What runs code that comes with a file: none of it may be in ours.
RUNS_WHAT_IT_LOADS = {
    "pickle",
    "cPickle",
    "dill",
    "joblib",
    "cloudpickle",
    "marshal",
    "shelve",
    "torch",
    "transformers",
}
with_llama = pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is an extra")


@pytest.fixture
def tampered(tmp_path):
    """A file where `models fetch` puts a model of the catalogue, that begins as one and is another."""
    model = next(each for each in catalogue() if each.purpose == "answers")
    path = tmp_path / model.name / model.files[0].path
    path.parent.mkdir()
    path.write_bytes(b"GGUF" + b"evil" * 1024)
    return path


def test_a_language_model_that_was_exchanged_is_not_loaded(tampered):
    with pytest.raises(EngineUnavailable, match="not the file that was fetched"):
        refuse_what_is_no_model(tampered)


def test_nor_does_the_product_start_with_it(tampered, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    with pytest.raises(SetupFailed, match="not the file that was fetched"):
        check_language_model(tampered)


@with_llama
def test_nor_does_its_server(tampered):
    environment = {"PATH": os.environ["PATH"], "LLM_GGUF": str(tampered), "INFERENCE_TOKEN": "key"}
    command = [sys.executable, "-m", "inference.llm", "--port", "0"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "not the file that was fetched" in done.stderr) == (1, True)


def test_one_bit_is_enough(tmp_path, monkeypatch):
    with running_hub() as hub:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        model = hub.model()
        monkeypatch.setattr("engines.models.verifying.catalogue", lambda: (model,))
        Fetcher(tmp_path, mirror=hub.url, timeout=5).fetch(model)
        path = tmp_path / model.name / model.files[0].path
        assert not is_altered(path)
        path.write_bytes(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))
        assert is_altered(path)


def test_a_mirror_that_sends_something_else_leaves_nothing_behind(tmp_path, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with running_hub() as hub:
        hub.content = CONTENT[:-4] + b"evil"
        with pytest.raises(FileAltered):
            Fetcher(tmp_path, mirror=hub.url, timeout=5).fetch(hub.model())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_model_of_the_operators_own_is_the_operators_affair(tmp_path):
    (tmp_path / "own.gguf").write_bytes(b"GGUF and so on")
    refuse_what_is_no_model(tmp_path / "own.gguf")


@pytest.mark.parametrize("name", [GRAPH, TOKENIZER])
def test_an_embedding_model_that_was_altered_is_not_loaded(tmp_path, name):
    (built,) = (path.parent for path in Path(settings.MODELS_DIR).glob("*/card.json"))
    for path in built.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / name).unlink()
    (tmp_path / name).write_bytes((built / name).read_bytes() + b" ")
    with pytest.raises(EngineUnavailable, match="is not the file that was built"):
        LocalEmbedder(tmp_path)


@pytest.mark.parametrize("model", catalogue(), ids=lambda model: model.name)
def test_what_this_version_serves_is_pinned_by_its_hash(model):
    if model.reads:
        assert all(re.fullmatch("[0-9a-f]{64}", file.sha256) for file in model.files if isinstance(file, ModelFile))
    assert model.source.startswith("https://")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_is_pinned_with_its_hashes_and_names_no_index(lock):
    text = lock.read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"(?<!\\)\n", text) if entry.strip() and not entry.startswith("#")]
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+(\[[a-z0-9,._-]+\])?==[^ ]+", entry, re.IGNORECASE), entry.splitlines()[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry.splitlines()[0]
    assert "://" not in text


def test_nothing_is_installed_without_its_hash():
    """Every function of ours that lets pip or uv install asks for hashes."""
    installing = []
    for path in SOURCES:
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                said = {node.value for node in ast.walk(function) if isinstance(node, ast.Constant)}
                named = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
                if "install" in said and ("pip" in said or named & {"_pip", "_PIP"}):
                    installing.append((path.name, function.name, "--require-hashes" in said))
    assert len(installing) >= 4
    assert [each for each in installing if not each[2]] == []


def test_every_package_of_the_pages_has_its_hash_or_comes_inside_one_that_has():
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    fetched = {name: package for name, package in packages.items() if name and not package.get("inBundle")}
    assert len(fetched) > 100
    assert [name for name, package in fetched.items() if not package.get("integrity", "").startswith("sha")] == []


def test_no_library_that_runs_what_it_loads_is_used():
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found |= {(path.name, name) for name in names if name.partition(".")[0] in RUNS_WHAT_IT_LOADS}
    assert found == set()


def test_nothing_but_the_command_that_fetches_models_asks_a_hub():
    asking = {path.name for path in SOURCES if re.search(r"models\.fetching|from_pretrained|hf_hub", path.read_text())}
    assert asking == {"model_files.py"}


@pytest.mark.django_db
def test_every_call_says_which_model_spoke_and_what_file_it_was(client, alice, model, settings):
    settings.LLM_MODEL_SHA256 = "ab" * 32
    indexed(client, alice, RULES)
    client.post("/api/v1/ask/", {"question": QUESTION})
    with tenant(alice.organization.pk):
        job = LlmJob.objects.get()
    assert (job.model, job.model_sha256) == ("obedient", "ab" * 32)
    assert json.dumps(client.get(f"/api/v1/llm-jobs/{job.pk}/").json()["job"]).count("ab" * 32) == 1
