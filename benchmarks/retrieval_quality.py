"""How well search finds: `./run bench retrieval_quality`. Fails when hybrid loses to vectors or to BM25 in a language.

Our own 66 questions per language over 308 passages (benchmarks/retrieval), both languages in one organization, through
the product's indexing and search, judged by chunk. What is tunable was chosen on every other question ("tuned on"); the
rest ("held out") tells whether that holds. A difference of 0.03 over 66 questions is two questions.
"""

import sys
from typing import Any

from benchmarks._world import keep, world


def main() -> int:
    with world("retrieval") as made:
        made.adopt()
        return keep("retrieval_quality", _measured())


def _measured() -> dict[str, Any]:
    from benchmarks.retrieval import measure
    from benchmarks.retrieval.corpus import KINDS, LANGUAGES

    outcomes = measure.ask_everything(measure.index_everything())
    result: dict[str, Any] = {}
    for language in LANGUAGES:
        own = [outcome for outcome in outcomes if outcome.question.language == language]
        result[language] = {
            "all": measure.figures(own),
            **{kind: measure.figures([each for each in own if each.question.kind == kind]) for kind in KINDS},
            "tuned_on": measure.figures(own[::2]),
            "held_out": measure.figures(own[1::2]),
        }
    beaten = [
        f"{language}: {engine} beats hybrid by {measure}"
        for language in LANGUAGES
        for engine in ("dense", "bm25")
        for measure, value in result[language]["all"][engine].items()
        if value > result[language]["all"]["hybrid"][measure]
    ]
    return {"results": result, "beaten": beaten, "passed": not beaten}


if __name__ == "__main__":
    sys.exit(main())
