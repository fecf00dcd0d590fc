"""In what the engines that speak the OpenAI-compatible API differ: as a table, everything else is the same code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engines.llm import Health


@dataclass(frozen=True, slots=True)
class Kind:
    """`health`: path from the server's root that answers 200 when it is ready.

    `states`: other statuses of that path and what they mean. `cuts_prompts`: a prompt longer than the context is cut
    without a word, so that we have to count ourselves. `context`: tokens assumed when the operator does not say.
    """

    health: str
    states: Mapping[int, Health] = field(default_factory=dict)
    cuts_prompts: bool = False
    context: int = 8192


_LOADING = {503: Health("busy", "still loading its model")}

KINDS: Mapping[str, Kind] = {
    # Takes no num_ctx through this API: OLLAMA_CONTEXT_LENGTH or a Modelfile decide, 4,096 under 24 GB of GPU memory.
    "ollama": Kind("/api/version", cuts_prompts=True, context=4096),
    "vllm": Kind("/health", _LOADING),
    "tgi": Kind("/health", _LOADING),
    "llamacpp": Kind("/health", _LOADING),
}
