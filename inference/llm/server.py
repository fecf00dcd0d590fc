"""Starting and ending llama.cpp's server. Everything it answers is its own; we only close its doors."""

from __future__ import annotations

import importlib
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from engines.errors import EngineUnavailable
from engines.models.verifying import is_altered
from inference.common.settings import LanguageModelSettings

_MAGIC = b"GGUF"
_LONGEST_ANSWER = 4096


def serve(settings: LanguageModelSettings, *, host: str, port: int) -> None:
    """Until SIGTERM or SIGINT. Raises EngineUnavailable."""
    library = _library()
    parameters = _parameters(library, settings, host=host, port=port)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        server = library.Server(parameters)
    except RuntimeError as refused:
        raise EngineUnavailable(f"{settings.gguf} cannot be served: {refused}") from refused
    sys.stdout.write(f"serving {settings.gguf.name} at {server.listening_address}\n")
    sys.stdout.flush()
    stop.wait()
    del server  # it ends its threads when it is collected


def _library() -> Any:
    """xllamacpp is an extra (requirements/llm.lock), 100 MB that most installations do without."""
    try:
        return importlib.import_module("xllamacpp")
    except ImportError as missing:
        raise EngineUnavailable("xllamacpp is not installed: `./run models install-llama`") from missing


def _parameters(library: Any, settings: LanguageModelSettings, *, host: str, port: int) -> Any:
    refuse_what_is_no_model(settings.gguf)
    parameters = library.CommonParams()
    parameters.model.path = str(settings.gguf)
    parameters.model_alias = {settings.gguf.stem}
    parameters.hostnames, parameters.port = [host], port
    parameters.api_keys = [settings.token]
    parameters.cors_origins = ""  # by default any page of the web may ask
    parameters.ui = False
    parameters.endpoint_slots = False  # shows prompts
    parameters.endpoint_metrics = True
    parameters.offline = True
    parameters.enable_reasoning = 0  # it would spend the answer's tokens on thinking aloud
    parameters.n_parallel = settings.slots
    parameters.n_ctx = settings.context * settings.slots
    parameters.cache_ram_mib = 0  # by default up to 8 GB of old prompts, of whoever asked
    parameters.n_predict = _LONGEST_ANSWER  # a caller that forgets max_tokens does not hold the slot for ever
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads = settings.threads
        threads.poll = 0  # by default threads spin while they wait: on a shared machine 20 times slower, measured
    return parameters


def refuse_what_is_no_model(path: Path) -> None:
    """llama.cpp's own message is ten lines long, and some files make it abort; one that was altered may do anything.

    Raises EngineUnavailable. Every byte of a model of the catalogue is read: some seconds, and they are warm then.
    """
    try:
        with path.open("rb") as stream:
            magic = stream.read(len(_MAGIC))
    except OSError as unreadable:
        raise EngineUnavailable(f"LLM_GGUF cannot be read: {unreadable.strerror} ({path})") from unreadable
    if magic != _MAGIC:
        raise EngineUnavailable(f"LLM_GGUF is not a GGUF file ({path})")
    if is_altered(path):
        raise EngineUnavailable(f"LLM_GGUF is not the file that was fetched: `./run models verify` ({path})")
