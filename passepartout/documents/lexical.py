"""BM25 over the postings table (Robertson and Zaragoza, 2009), in SQL, inside the tenant's visible versions.

A score is given as the share, 0 to 1, of what the question's words could score at most: unlike a bare BM25 score it
can be compared between questions, and added to a cosine. The inverse document frequency counts only what the caller
may see, so that a score tells nothing of the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from passepartout.kernel.scope import current_organization

from .models import Posting

K1 = 1.2
# Chunks are nearly of one length: 0.4 rather than the usual 0.75 (benchmarks/retrieval_quality.py).
B = 0.4
LONGEST_TERM = 64
SEARCH = """
WITH asked AS (
  SELECT * FROM unnest(%(terms)s::text[], %(words)s::int[], %(weights)s::float[]) AS a(term, word, weight)
), hits AS (
  SELECT p.term, p.version_id, u.part, u.freq, u.length
  FROM postings p, unnest(p.parts, p.freqs, p.lengths) AS u(part, freq, length)
  WHERE p.org_id = %(org)s AND p.term = ANY(%(terms)s) AND p.version_id = ANY(%(versions)s)
), known AS (
  SELECT greatest(sum(chunk_count), 1)::float AS chunks,
         greatest(sum(term_count), 1)::float / greatest(sum(chunk_count), 1) AS mean_length
  FROM document_versions WHERE org_id = %(org)s AND id = ANY(%(versions)s)
), rarity AS (
  SELECT a.term, a.word, a.weight * ln(1 + (known.chunks - coalesce(f.chunks, 0) + 0.5) / (coalesce(f.chunks, 0) + 0.5))
         AS idf
  FROM asked a CROSS JOIN known LEFT JOIN (SELECT term, count(*) AS chunks FROM hits GROUP BY term) f USING (term)
), best AS (
  SELECT sum(idf) AS idf FROM (SELECT max(idf) AS idf FROM rarity GROUP BY word) AS of_a_word
), said AS (
  SELECT h.version_id, h.part, r.word,
         max(r.idf * h.freq * (%(k1)s + 1) / (h.freq + %(k1)s * (1 - %(b)s + %(b)s * h.length / known.mean_length)))
         AS score
  FROM hits h JOIN rarity r USING (term), known GROUP BY h.version_id, h.part, r.word
)
SELECT version_id, part, sum(score) / (max(best.idf) * (%(k1)s + 1)) AS share
FROM said, best GROUP BY version_id, part ORDER BY share DESC, version_id, part LIMIT %(limit)s
"""


Forms = Mapping[str, float]  # the terms that say one word of a question, each with a weight of at most 1


@dataclass(frozen=True)
class LexicalHit:
    version: UUID
    part: int
    share: float


def search(words: Sequence[Forms], *, versions: Sequence[UUID], limit: int) -> list[LexicalHit]:
    """The best chunks for a question's words, best first. In the caller's tenant transaction.

    A word scores as much as the best of its forms; one that is nowhere counts as the rarest.
    """
    asked = [(term[:LONGEST_TERM], word, weight) for word, forms in enumerate(words) for term, weight in forms.items()]
    if not asked or not versions:
        return []
    terms, numbers, weights = zip(*asked, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            SEARCH,
            {
                "org": current_organization(),
                "terms": list(terms),
                "words": list(numbers),
                "weights": list(weights),
                "versions": list(versions),
                "limit": limit,
                "k1": K1,
                "b": B,
            },
        )
        return [LexicalHit(*row) for row in cursor.fetchall()]


def postings(version: UUID, chunks: Iterable[tuple[int, Sequence[str]]]) -> tuple[list[Posting], int]:
    """The postings of a version's (part, terms) pairs, and how many terms they hold in all."""
    places: dict[str, dict[int, int]] = {}
    lengths: dict[int, int] = {}
    for part, terms in chunks:
        lengths[part] = len(terms)
        for term in terms:
            counts = places.setdefault(term[:LONGEST_TERM], {})
            counts[part] = counts.get(part, 0) + 1
    organization = current_organization()
    rows: list[Any] = [
        Posting(
            org_id=organization,
            term=term,
            version_id=version,
            parts=list(counts),
            freqs=list(counts.values()),
            lengths=[lengths[part] for part in counts],
        )
        for term, counts in places.items()
    ]
    return rows, sum(lengths.values())
