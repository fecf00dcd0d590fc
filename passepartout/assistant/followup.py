"""A short question that leans on the one before ("Et le samedi ?", "And how much is it?"), made to stand alone."""

import re

from passepartout.documents.retrieval import LONGEST_QUESTION

_MOST_WORDS = 7
_BEGINS = re.compile(r"(?:et|and|ou|or|mais|but|alors|so|what about|how about|qu['’]en est-il)\b", re.IGNORECASE)
# A pronoun of its own: not the one of an inversion (`les animaux sont-ils admis`).
_POINTS_BACK = re.compile(
    r"(?<![\w-])(?:il|elle|ils|elles|celui-ci|celle-ci|ceux-ci|cela|ça|it|they|them|that one|this one|its|their)"
    r"(?![\w-])",
    re.IGNORECASE,
)


def standalone(question: str, previous: str) -> str:
    """What to search for: ``question``, behind the previous one when it means nothing without."""
    leans = len(question.split()) <= _MOST_WORDS and (_BEGINS.match(question.strip()) or _POINTS_BACK.search(question))
    together = f"{previous.strip()} {question.strip()}"
    return together if previous.strip() and leans and len(together) <= LONGEST_QUESTION else question
