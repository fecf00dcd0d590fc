"""What a passage is about without saying so: the title of its document and the heading it stands under.

Neither costs a model call. Titles are counted with each chunk's words; title and heading go before each window that is
embedded. On our retrieval sets (benchmarks/retrieval_quality.py) the one is worth 0.02 to 0.03 of BM25's nDCG@10, the
other 0.01 (French) to 0.03 (English) of the vectors'.
"""

from bisect import bisect_right
from operator import attrgetter

from engines.text.analysis import ANALYSER_VERSION
from engines.text.headings import headings

# Says how versions are made: those made in another way are made again in the background.
RECIPE = f"{ANALYSER_VERSION}-titles-identifiers"
_LONGEST = 120


class Contexts:
    """The contexts of a document's passages."""

    def __init__(self, title: str, text: str) -> None:
        self.title = title[:_LONGEST]
        self._headings = headings(text)

    def before(self, start: int) -> str:
        """What to put before a passage that starts at the character ``start`` of the text."""
        found = bisect_right(self._headings, start, key=attrgetter("start")) - 1
        heading = self._headings[found].title[:_LONGEST] if found >= 0 else ""
        return f"{self.title} – {heading}\n" if heading not in {"", self.title} else f"{self.title}\n"
