"""BM25 over the postings table (Robertson and Zaragoza, 2009), in SQL, inside the tenant's visible versions.

The inverse document frequency counts only what the caller may see, so that a score tells nothing of the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from passepartout.kernel.scope import current_organization

from .models import Posting

K1 = 1.2
B = 0.75
LONGEST_TERM = 64
SEARCH = """
WITH hits AS (
  SELECT p.term, p.version_id, u.part, u.freq, u.length
  FROM postings p, unnest(p.parts, p.freqs, p.lengths) AS u(part, freq, length)
  WHERE p.org_id = %(org)s AND p.term = ANY(%(terms)s) AND p.version_id = ANY(%(versions)s)
), known AS (
  SELECT greatest(sum(chunk_count), 1)::float AS chunks,
         greatest(sum(term_count), 1)::float / greatest(sum(chunk_count), 1) AS mean_length
  FROM document_versions WHERE org_id = %(org)s AND id = ANY(%(versions)s)
), rarity AS (
  SELECT term, ln(1 + (max(known.chunks) - count(*) + 0.5) / (count(*) + 0.5)) AS idf FROM hits, known GROUP BY term
)
SELECT h.version_id, h.part,
       sum(r.idf * h.freq * (%(k1)s + 1) / (h.freq + %(k1)s * (1 - %(b)s + %(b)s * h.length / known.mean_length)))
         AS score
FROM hits h JOIN rarity r USING (term), known
GROUP BY h.version_id, h.part ORDER BY score DESC, h.version_id, h.part LIMIT %(limit)s
"""


@dataclass(frozen=True)
class LexicalHit:
    version: UUID
    part: int
    score: float


def search(terms: Sequence[str], *, versions: Sequence[UUID], limit: int) -> list[LexicalHit]:
    """The best chunks for analysed ``terms``, best first. In the caller's tenant transaction."""
    if not terms or not versions:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            SEARCH,
            {
                "org": current_organization(),
                "terms": [term[:LONGEST_TERM] for term in terms],
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
