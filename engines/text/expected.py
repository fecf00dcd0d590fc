"""What an answer must look like: a sum of money when a price is asked for, a telephone number when one is.

Rules over folded text, for French and English together: a question names the kind it expects, and each kind is
recognized by how it is written (`35 €`, `deux mois`, `8 h 30`). Where things are counted, the number must be theirs:
`le colis du 12 mars` does not say how many parcels there were.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engines.text.analysis import fold
from engines.text.lexicon import Asked, asked

_WORDS = (
    r"deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante"
    r"|cinquante|soixante|cents?|mille|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand"
)
_NUMBER = rf"(?:\d[\d \u00a0\u202f.,]*|\b(?:{_WORDS}|un|une|one|an?|premier|premiere|first|half|moitie)\b[ -]?)"
_MONEY = rf"{_NUMBER}\s*(?:€|euros?\b|eur\b|francs?\b|£|\$|pounds?\b|dollars?\b)|[€£$]\s*\d"
_SHARE = rf"{_NUMBER}\s*(?:%|pour cent|per ?cent)"
_FREE = r"\b(?:gratuit\w*|offert\w*|moitie|free|half)\b"
_CLOCK = r"\b\d{1,2}\s?(?:h\b|heures?\b|am\b|pm\b|a\.m|p\.m|o'clock)|\b\d{1,2}:\d\d\b|\b(?:midi|minuit|noon|midnight)\b"
_CALENDAR = (
    r"\b(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|january|february|march"
    r"|april|may|june|july|august|september|october|november|december|lundi|mardi|mercredi|jeudi|vendredi|samedi"
    r"|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|sunday|veille|lendemain|jour meme|same day)\b"
    r"|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b|\b(?:le|on the|on) (?:\d{1,2}|cinq|dix|premier)\b"
)
_SPAN = (
    rf"{_NUMBER}[-\s]*(?:\w+\s){{0,2}}?(?:secondes?|minutes?|min|h|heures?|jours?|semaines?|mois|ans?|annees?|seconds?"
    r"|hours?|days?|weeks?|months?|months'|years?)\b"
)
_REPEATED = (
    r"\b(?:chaque|tous les|toutes les|par (?:jour|semaine|mois|an)|every|each|once|twice|daily|weekly|monthly)\b"
)
_EVENT = r"\b(?:avant|apres|des|lorsque|before|after|when|until|jusqu)\b"
# An article is no count: `une piscine` does not say how many there are.
_COUNT = rf"\d|\b(?:{_WORDS}|one)\b"

# The first kind that the question names is the one.
_KINDS = [
    (
        r"telephone|phone|numero (?:a )?appel\w*|(?:number|numero)\b.*\b(?:call|appel)\w*|qui (?:appeler|contacter)"
        r"|who\b.*\b(?:call|contact)",
        r"(?:\+?\d[\d .\u00a0\u202f-]{7,}\d)",
    ),
    (
        r"what time|(?:departure|arrival|opening|closing|starting|check-?in|check-?out|end) times?|quelles? heures?"
        r"|horaires?|opening hours|quiet hours",
        _CLOCK,
    ),
    (r"how often|frequen\w+|tous les combien", rf"{_REPEATED}|{_SPAN}"),
    (r"how old|quel age|l'age", rf"{_NUMBER}\s*(?:ans?|years?)\b"),
    (r"how (?:hot|cold|warm)|temperature", r"degre|°"),
    (
        r"how (?:heavy|much\b.*\bweigh)|weight|weigh|poids|combien pes\w*|pese\w*",
        rf"{_NUMBER}\s*(?:kg|kilo\w*|g|grammes?|tonnes?|tons?|pounds?|lbs?)\b",
    ),
    (r"how fast|speed|vitesse", r"km/h|kmh|mph|noeuds|kilometres? heure"),
    (
        r"how (?:tall|high|long is|deep|wide|big|far)|height|depth|width|surface|hauteur|profondeur|largeur|longueur"
        r"|distance|superficie|dimension",
        rf"{_NUMBER}\s*(?:m|cm|mm|km|metres?|meters?|centimetres?|m2|m3|square|feet|miles?|kilomet\w+)\b|m²|m³"
        r"|minutes away",
    ),
    (
        r"how long|how many (?:days|weeks|months|years|hours)|notice|deadline|delivery time"
        r"|combien de (?:temps|jours|mois)|combien d'(?:heures|annees)|delais?\b|duree|preavis|how soon|lead time"
        r"|time limit",
        rf"{_SPAN}|{_EVENT}",
    ),
    (r"percent\w*|pour cent|taux\b|commission|rate\b", f"{_SHARE}|{_MONEY}"),
    (
        r"how much|price|costs?\b|fees?\b|combien (?:coute|vaut|faut|paie|payer)\w*|prix|tarifs?\b|montant|coute\w*"
        r"|couts?\b|loyers?\b|rent\b|salaire|salary|a combien|frais|penalit|penalty|amount|indemnite|compensation"
        r"|deductible|franchise|supplement|surcharge",
        f"{_MONEY}|{_SHARE}|{_FREE}",
    ),
    (
        r"\bwhen\b|\bquand\b|\bdates?\b|quels? jours?|(?:which|what) days?|opening|until when",
        f"{_CALENDAR}|{_CLOCK}|{_SPAN}|{_REPEATED}|{_EVENT}",
    ),
    (r"combien|numero|number|\bcode\b|limite?|pression|pressure|maxim\w+", _COUNT),
]
_COUNTED = re.compile(r"\b(?:how many|combien d(?:e\b|'|es\b)|(?:number|nombre) (?:of|de\b|d'))\s*(?P<counted>.+)")
_COMPILED = [(re.compile(rf"\b(?:{asks})" if asks[0] != "\\" else asks), re.compile(shows)) for asks, shows in _KINDS]


_ANY_COUNT = re.compile(_COUNT)


def expected(question: str, *, source: str, target: str) -> re.Pattern[str] | None:
    """Return what a folded sentence must match to be an answer of the kind that is asked for, None if any will do."""
    folded = fold(question)
    kind = next((shows for asks, shows in _COMPILED if asks.search(folded)), None)
    counted = _COUNTED.search(folded)
    if counted is None or (kind is not None and kind.pattern != _COUNT):
        return kind
    return _count_of(asked(counted["counted"], source=source, target=target))


def _count_of(words: Sequence[Asked]) -> re.Pattern[str]:
    """A number, then the thing; or, once it says `number`, then a number. The thing is known by its stems."""
    stems = "|".join(re.escape(form[0]) for form in (words[0].forms if words else ()))
    if not stems:
        return _ANY_COUNT
    return re.compile(rf"(?:{_COUNT})\W+(?:\w+\W+)?(?:{stems})|\b(?:nombre|number)\b.*?(?:{_COUNT})")
