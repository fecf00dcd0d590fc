"""BM25 over the postings table (Robertson and Zaragoza, 2009), in SQL, inside the tenant's visible versions.

A score is given as the share, 0 to 1, of what the question's words could score at most: unlike a bare BM25 score it
can be compared between questions, and added to a cosine. The inverse document frequency counts only what the caller
may see, so that a score tells nothing of the rest.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.db import connection

from passepartout.kernel.ids import uuid_array
from passepartout.kernel.scope import current_organization

from .models import Posting

K1 = 1.2
# Chunks are nearly of one length: 0.4 rather than the usual 0.75 (benchmarks/retrieval_quality.py).
B = 0.4
LONGEST_TERM = 64
# Most rows of postings that one question reads: beyond, the forms that could score least are left out.
READ_MOST = 10_000
COUNT = "SELECT term, count(*) FROM postings WHERE org_id = %(org)s AND term = ANY(%(terms)s) GROUP BY term"
# A place is the version's number among the visible ones and the part, in one integer, and a term its number among the
# terms: quick to group. All is float: PostgreSQL reads 0.4 as numeric, which is slow.
SEARCH = """
WITH asked AS (
  SELECT * FROM unnest(%(numbers)s::int[], %(words)s::int[], %(weights)s::float[]) AS a(term, word, weight)
), visible AS (
  SELECT * FROM unnest(%(versions)s::uuid[]) WITH ORDINALITY AS v(id, number)
), hits AS MATERIALIZED (
  SELECT array_position(%(terms)s::text[], p.term::text) AS term, (v.number << 32) + unnest(p.parts) AS place,
         unnest(p.freqs)::float AS freq, unnest(p.lengths)::float AS length
  FROM (SELECT * FROM postings WHERE org_id = %(org)s AND term = ANY(%(terms)s) OFFSET 0) p
  JOIN visible v ON v.id = p.version_id
), known AS (
  SELECT greatest(sum(chunk_count), 1)::float AS chunks,
         greatest(sum(term_count), 1)::float / greatest(sum(chunk_count), 1) AS mean_length
  FROM document_versions WHERE org_id = %(org)s AND id = ANY(%(versions)s::uuid[])
), rarity AS MATERIALIZED (
  SELECT a.term, a.word, a.weight * ln(1 + (known.chunks - coalesce(f.chunks, 0) + 0.5) / (coalesce(f.chunks, 0) + 0.5))
         AS idf
  FROM asked a CROSS JOIN known LEFT JOIN (SELECT term, count(*) AS chunks FROM hits GROUP BY term) f USING (term)
), best AS (
  SELECT sum(idf) AS idf FROM (SELECT max(idf) AS idf FROM rarity GROUP BY word) AS of_a_word
), said AS (
  SELECT h.place,
         max(r.idf * h.freq * (%(k1)s::float + 1) / (
           h.freq + %(k1)s::float * (1 - %(b)s::float + %(b)s::float * h.length / known.mean_length)
         )) AS score
  FROM hits h JOIN rarity r USING (term), known GROUP BY h.place, r.word
), top AS (
  SELECT place, sum(score) AS score FROM said GROUP BY place ORDER BY score DESC, place LIMIT %(limit)s
)
SELECT v.id, (top.place & 4294967295)::int AS part, top.score / (best.idf * (%(k1)s + 1)) AS share
FROM top JOIN visible v ON v.number = top.place >> 32, best ORDER BY share DESC, v.id, part
"""


Forms = Mapping[str, float]  # the terms that say one word of a question, each with a weight of at most 1
Form = tuple[str, int, float]  # term, number of the word it says, weight


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
    wanted: dict[str, Any] = {
        "org": current_organization(),
        "versions": uuid_array(versions),
        "limit": limit,
        "k1": K1,
        "b": B,
    }
    with connection.cursor() as cursor:
        if len(asked) * len(versions) > READ_MOST:
            asked = _most_telling(cursor, asked, wanted, versions=len(versions))
        cursor.execute(SEARCH, {**wanted, **_columns(asked)})
        return [LexicalHit(*row) for row in cursor.fetchall()]


def _columns(asked: list[Form]) -> dict[str, list[Any]]:
    """`terms`, each once, and the columns of what is asked: the place of its term among them (from 1), word, weight."""
    places = {term: place for place, term in enumerate(dict.fromkeys(term for term, _, _ in asked), start=1)}
    return {
        "terms": list(places),
        "numbers": [places[term] for term, _, _ in asked],
        "words": [word for _, word, _ in asked],
        "weights": [weight for _, _, weight in asked],
    }


def _most_telling(cursor: Any, asked: list[Form], wanted: dict[str, Any], *, versions: int) -> list[Form]:
    """The forms that could score most, as many as READ_MOST rows allow, and those that are nowhere."""
    cursor.execute(COUNT, {"org": wanted["org"], "terms": [term for term, _, _ in asked]})
    rows = dict(cursor.fetchall())

    def promise(form: Form) -> float:
        found = rows.get(form[0], 0)
        return form[2] * math.log(1 + (max(versions - found, 0) + 0.5) / (found + 0.5))

    ranked = sorted(asked, key=lambda form: (-promise(form), form))
    read = accumulate(rows.get(term, 0) for term, _, _ in ranked)
    return [form for form, total in zip(ranked, read, strict=True) if total <= READ_MOST] or ranked[:1]


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
