"""The engines that this installation's settings name."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from engines.embeddings import Embedder
from engines.embeddings.http import HttpEmbedder
from engines.embeddings.pausing import PausingEmbedder
from engines.errors import EngineBusy, EngineError
from engines.ocr import Recognizer
from engines.ocr.http import HttpRecognizer
from engines.ocr.isolated import IsolatedRecognizer
from engines.text.tokens import TokenCounter
from engines.vectors import VectorIndex
from passepartout.kernel.errors import InvalidInput, Unavailable
from passepartout.kernel.logs import job_id

TOKENIZER = "all-minilm-l6-v2/tokenizer.json"


QUESTION_SECONDS = 1.2
INDEXING_SECONDS = 60.0
PAGE_SECONDS = 180.0


@lru_cache(maxsize=2)
def _http(url: str, token: str, timeout: float) -> HttpEmbedder:
    return HttpEmbedder(url, token=token, timeout=timeout)


@lru_cache(maxsize=2)
def _pausing(url: str, token: str) -> PausingEmbedder:
    return PausingEmbedder(_http(url, token, QUESTION_SECONDS))


def embedder() -> Embedder:
    """For indexing: nobody waits in front of a screen."""
    return _http(settings.EMBEDDINGS_URL, settings.INFERENCE_TOKEN, INDEXING_SECONDS)


def question_embedder() -> Embedder:
    """For questions: rather words alone than a long wait, and only the first of those who ask waits."""
    return _pausing(settings.EMBEDDINGS_URL, settings.INFERENCE_TOKEN)


@lru_cache(maxsize=1)
def _recognizer(url: str, token: str) -> Recognizer:
    if not url:
        return IsolatedRecognizer()
    return HttpRecognizer(url, token=token, timeout=PAGE_SECONDS, label=job_id.get)


def recognizer() -> Recognizer:
    """Reads pages that are pictures: the OCR service or, where no address is set, a child of this process."""
    return _recognizer(settings.OCR_URL, settings.INFERENCE_TOKEN)


@contextmanager
def engine_errors(field: str) -> Iterator[None]:
    """Turn an engine's errors into ours: what it refuses is the input's fault, the rest may work later."""
    try:
        yield
    except EngineBusy as error:
        wait = max(1, round(error.retry_after))
        raise Unavailable("The engine has too much to do.", code=error.code, retry_after=wait) from error
    except EngineError as error:
        if error.permanent:
            raise InvalidInput("The engine cannot read this.", code=error.code, field=field) from error
        raise Unavailable("The engine does not answer.", code=error.code, retry_after=5) from error


def readers() -> dict[str, str]:
    """Readers in the place of the usual ones, by kind of file."""
    return {"pdf": "engines.reading.mupdf:MuPdfReader"} if settings.PDF_ENGINE == "pymupdf" else {}


@lru_cache(maxsize=1)
def _counter(path: Path) -> TokenCounter:
    return TokenCounter(path)


def token_counter() -> TokenCounter:
    """Counts in the word pieces of all-MiniLM-L6-v2, which is what "tokens" means for chunks and windows."""
    return _counter(Path(settings.MODELS_DIR) / TOKENIZER)


def vector_index(model: str, dimensions: int) -> VectorIndex:
    """The vector store, bound to a model."""
    index = _index(settings.VECTOR_STORE)
    index.ensure(model, dimensions)
    return index


def _index(kind: str) -> VectorIndex:
    if kind == "qdrant":
        from engines.vectors.qdrant import QdrantIndex

        return QdrantIndex.connect(settings.QDRANT_URL, api_key=settings.QDRANT_API_KEY or None)
    from .vectors import PostgresVectors

    return PostgresVectors()
