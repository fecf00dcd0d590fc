"""What a search over the retrieval sets may weigh otherwise than the product does."""

from dataclasses import dataclass

CONTEXTS = ("nothing", "title", "title and heading")


@dataclass(frozen=True)
class Weights:
    """What search weighs. ``dense``: by the language of the question; ``own_language``: what a chunk in the language of
    the question is worth more; ``grams``: share of the character n-grams in the score.
    """

    before_windows: str = "title and heading"
    with_words: str = "title"
    dense: tuple[float, float] = (0.5, 0.5)
    own_language: float = 0.0
    grams: float = 0.0
