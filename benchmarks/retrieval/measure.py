"""Index the retrieval sets through the product's services, and ask the product's search. Needs django.setup()."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from benchmarks.retrieval.corpus import LANGUAGES, Question, answers, questions, sources
from engines.text.languages import detect
from passepartout.documents import indexing, retrieval
from passepartout.documents.models import Chunk, Document
from passepartout.documents.services import upload_document
from passepartout.files.uploads import receive
from passepartout.jobs import services as jobs
from passepartout.jobs.models import Job
from passepartout.jobs.running import Attempt
from passepartout.kernel.scope import scope, tenant_transaction
from passepartout.tenancy.callers import Caller
from passepartout.tenancy.models import User
from passepartout.tenancy.selectors import caller_in
from passepartout.tenancy.services import create_owner

ENGINES = ("dense", "bm25", "hybrid")
SEEN = 10
RECALLED = 5
_HERE = Path(__file__).parent
Place = tuple[UUID, int]


@dataclass(frozen=True)
class Outcome:
    """What each engine found for a question, best first, and what it should have found."""

    question: Question
    gold: frozenset[Place]
    found: dict[str, list[Place]]

    def ndcg(self, engine: str) -> float:
        """Normalised discounted cumulative gain of the first ten (Järvelin and Kekäläinen, 2002), relevance 0 or 1."""
        gains = (1 / math.log2(rank + 2) for rank, place in enumerate(self.found[engine][:SEEN]) if place in self.gold)
        ideal = sum(1 / math.log2(rank + 2) for rank in range(min(len(self.gold), SEEN)))
        return sum(gains) / ideal

    def recall(self, engine: str) -> float:
        return len(self.gold & set(self.found[engine][:RECALLED])) / min(len(self.gold), RECALLED)


def index_everything() -> Caller:
    """Both languages in one organization, as customers keep them. Returns its owner."""
    email = "bench@example.org"
    organization = create_owner(email=email, password="correct horse battery staple", organization="Bench")
    caller = caller_in(User.objects.get(email=email).pk, organization.pk)
    for language in LANGUAGES:
        for source in sources(language):
            _index(caller, _HERE / language / f"{source.slug}.md", source.title)
    return caller


def _index(caller: Caller, path: Path, title: str) -> None:
    """Upload, then what the worker does with the job."""
    with scope(organization=caller.organization.pk, user=caller.user.pk):
        document, _ = upload_document(caller, receive(path), title=title)
        with tenant_transaction():
            job = Job.objects.get(subject_id=document.pk).pk
    claim = jobs.claim(job)
    if claim is None:
        raise RuntimeError("another worker took the job: stop the workers of this broker")
    with Attempt(claim), scope(organization=claim.organization, user=claim.user):
        indexing.index_document(claim, document.pk)


def ask_everything(caller: Caller) -> list[Outcome]:
    with scope(organization=caller.organization.pk, user=caller.user.pk):
        with tenant_transaction():
            rows = Chunk.objects.select_related("doc").all()
            texts = {
                (chunk.version_id, chunk.part_no): (Path(chunk.doc.original_filename).stem, chunk.chunk_text)
                for chunk in rows
                if chunk.version_id == chunk.doc.live_version
            }
            if len({place[0] for place in texts}) != Document.objects.count():
                raise RuntimeError("a document was not indexed")
        return [_ask(caller, question, texts) for language in LANGUAGES for question in questions(language)]


def _ask(caller: Caller, question: Question, texts: dict[Place, tuple[str, str]]) -> Outcome:
    candidates = retrieval.candidates_for(caller, question.text, spoken=detect(question.text))
    hybrid = retrieval.retrieve(caller, question.text, limit=SEEN)
    return Outcome(
        question=question,
        gold=frozenset(place for place, (slug, text) in texts.items() if answers(question, slug, text)),
        found={
            "dense": list(candidates.similarity),
            "bm25": list(candidates.share),
            "hybrid": [(item.chunk.version_id, item.chunk.part_no) for item in hybrid.found],
        },
    )


def figures(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    return {
        engine: {
            "ndcg_at_10": _mean(outcome.ndcg(engine) for outcome in outcomes),
            "recall_at_5": _mean(outcome.recall(engine) for outcome in outcomes),
        }
        for engine in ENGINES
    }


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return round(sum(listed) / len(listed), 3)
