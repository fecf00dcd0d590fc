"""What stands before a number and says what it is, in French and English."""

import re
from typing import Final

_NUMBER_OF: Final = r"(?:\s*(?:n(?:um(?:éro|ero|ber)?)?\s?[°ºo]?|no|#|réf(?:érence)?|ref(?:erence)?)?\s?\.?\s*[:#]?\s*)"
SSCC_NEAR: Final = re.compile(r"sscc|\(00\)", re.IGNORECASE)
FEDEX_NEAR: Final = re.compile(r"fed\s?ex", re.IGNORECASE)
SIREN_NEAR: Final = re.compile(r"siren\b|\brcs\b|r\.c\.s", re.IGNORECASE)
_VALUE: Final = r"(?P<number>[A-Z0-9](?:[A-Z0-9]|[-/._](?=[A-Z0-9])){2,29})(?![A-Za-z0-9])"
_INVOICE: Final = r"(?:factures?|avoirs?|invoices?|credit\s+notes?)"
_TRACKING: Final = (
    r"(?:colissimo|chronopost|(?:num(?:éro|ero)|n[°º])\s+de\s+(?:suivi|colis)|suivi\s+n[°º]"
    r"|tracking(?:\s+(?:number|no|code|id))?|parcel\s+(?:number|no))"
)
BEHIND_A_LABEL: Final = [
    ("invoice", re.compile(rf"\b(?i:{_INVOICE}{_NUMBER_OF}){_VALUE}")),
    ("tracking", re.compile(rf"\b(?i:{_TRACKING}{_NUMBER_OF}){_VALUE}")),
]
