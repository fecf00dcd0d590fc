"""Speed of the embedder against sentence-transformers on torch: same texts, machine and threads, taking turns.

    python -m benchmarks.embeddings --fp32 DIR --int8 DIR --source DIR --peer PYTHON

`--fp32` and `--int8` are directories made by `inference.embeddings.build`, `--source` is the model as published,
`--peer` the Python of an environment with torch and sentence-transformers. Without a peer only our own figures are
measured. The rates are those of each engine's fastest round, the least disturbed by the rest of the machine (torch
suffers most from neighbours: the median would flatter us). Writes benchmarks/results/embeddings-DATE.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from engines.embeddings.local import LocalEmbedder
from engines.text.chunking import WINDOW_TOKENS
from engines.text.tokens import TokenCounter

HERE = Path(__file__).parent
TARGETS = {"fp32": 1.2, "int8": 1.8}

# Runs in the peer's environment: loads the model, then embeds once per line it is sent.
PEER = """
import json, sys, time
import torch
from sentence_transformers import SentenceTransformer, __version__
threads, source, texts = json.loads(sys.stdin.readline())
torch.set_num_threads(threads)
model = SentenceTransformer(source, device="cpu")
print(json.dumps({"sentence_transformers": __version__, "torch": torch.__version__}), flush=True)
for line in sys.stdin:
    size = json.loads(line)
    started = time.perf_counter()
    vectors = model.encode(texts, batch_size=size, normalize_embeddings=True, show_progress_bar=False)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "vectors": vectors.astype(float).round(8).tolist()}), flush=True)
"""


class Peer:
    def __init__(self, python: Path, source: Path, texts: Sequence[str], *, threads: int) -> None:
        environment = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": str(threads)}
        self._process = subprocess.Popen(
            [python, "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.versions = self._ask([threads, str(source.resolve()), list(texts)])

    def embed(self, batch: int) -> tuple[float, np.ndarray]:
        answer = self._ask(batch)
        return answer["seconds"], np.array(answer["vectors"])

    def seconds(self, batch: int) -> float:
        return self.embed(batch)[0]

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, message: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def mixed_windows(tokens: TokenCounter, *, count: int, seed: int = 7) -> list[str]:
    """French and English passages of 16 to 126 tokens, as windows are: most are full, the last of a chunk is not."""
    documents = json.loads((HERE.parent / "engines/text/tests/questions.json").read_text(encoding="utf-8"))["documents"]
    corpus = [each["text"] for each in documents.values()]
    chance, windows = random.Random(seed), []
    for _ in range(count):
        text = " ".join(chance.sample(corpus, 2))
        length = chance.randint(16, WINDOW_TOKENS)
        pieces = tokens.pieces(text)
        first = chance.randrange(max(1, len(pieces) - length))
        last = min(first + length, len(pieces)) - 1
        windows.append(text[pieces[first, 0] : pieces[last, 1]])
    return windows


def measure(runs: dict[str, Callable[[], float]], *, rounds: int) -> dict[str, float]:
    """Seconds of the fastest round of each run; they take turns, so that a busy moment hits them all."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(rounds):
        for name, run in runs.items():
            seconds[name].append(run())
    return {name: min(values) for name, values in seconds.items()}


def timed(embedder: LocalEmbedder, texts: Sequence[str]) -> float:
    started = time.perf_counter()
    embedder.embed(texts)
    return time.perf_counter() - started


def question_latency(embedder: LocalEmbedder) -> float:
    """Milliseconds, the median of 50, for a question of about 20 tokens."""
    question = ["Combien de jours avant l'arrivée peut-on annuler sans frais la location ?"]
    return round(statistics.median(timed(embedder, question) for _ in range(50)) * 1000, 2)


def report(arguments: argparse.Namespace) -> dict[str, Any]:
    ours = {
        precision: LocalEmbedder(directory, threads=arguments.threads)
        for precision, directory in (("fp32", arguments.fp32), ("int8", arguments.int8))
    }
    texts = mixed_windows(TokenCounter(arguments.fp32 / "tokenizer.json"), count=arguments.texts)
    runs: dict[str, Callable[[], float]] = {
        precision: partial(timed, embedder, texts) for precision, embedder in ours.items()
    }
    vectors = {precision: embedder.embed(texts) for precision, embedder in ours.items()}
    found: dict[str, Any] = {
        "int8_cosine_to_fp32": _spread((vectors["int8"] * vectors["fp32"]).sum(1)),
        "question_ms": {precision: question_latency(embedder) for precision, embedder in ours.items()},
    }
    if arguments.peer is None:
        return found | {"texts_per_second": _rates(measure(runs, rounds=arguments.rounds), len(texts))}
    peer = Peer(arguments.peer, arguments.source, texts, threads=arguments.threads)
    # The peer is given its best batch size of the two.
    runs |= {f"peer, batches of {size}": partial(peer.seconds, size) for size in (8, 32)}
    rates = _rates(measure(runs, rounds=arguments.rounds), len(texts))
    found["largest_difference_fp32"] = float(np.abs(vectors["fp32"] - peer.embed(32)[1]).max())
    peer.close()
    best = max(rate for name, rate in rates.items() if name.startswith("peer"))
    ratios = {precision: round(rates[precision] / best, 2) for precision in ours}
    return found | {"texts_per_second": rates, "ratio_to_peer": ratios, "target": TARGETS, "peer": peer.versions}


def _rates(seconds: dict[str, float], texts: int) -> dict[str, float]:
    return {name: round(texts / each, 1) for name, each in seconds.items()}


def _spread(cosines: np.ndarray) -> dict[str, float]:
    return {"mean": round(float(cosines.mean()), 4), "least": round(float(cosines.min()), 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Embeddings: speed against sentence-transformers.")
    parser.add_argument("--fp32", type=Path, required=True)
    parser.add_argument("--int8", type=Path, required=True)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    now = datetime.now(UTC)
    result = {
        "measured": now.isoformat(timespec="seconds"),
        "machine": {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()},
        "load": os.getloadavg()[0],
        "threads": arguments.threads,
        "texts": arguments.texts,
    } | report(arguments)
    target = HERE / "results" / f"embeddings-{now:%Y-%m-%d}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
