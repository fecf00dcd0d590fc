"""The signature of an anchor: a chain's head, kept outside the database."""

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings


def signature(anchor: dict[str, Any]) -> str:
    """HMAC-SHA256 over the anchor without its signature, under AUDIT_ANCHOR_KEY."""
    signed = {key: value for key, value in anchor.items() if key != "signature"}
    text = json.dumps(signed, sort_keys=True).encode()
    return hmac.new(settings.AUDIT_ANCHOR_KEY.encode(), text, hashlib.sha256).hexdigest()
