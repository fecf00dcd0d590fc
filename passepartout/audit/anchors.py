"""Anchors: the signed heads of the chains, kept outside the database, one file of JSON lines for each organization."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings


@dataclass(frozen=True)
class Anchor:
    """Link ``seq`` had this hash ``at`` that time."""

    seq: int
    hash: str
    at: str


class AnchorForged(Exception):
    """A line of an anchor file that this installation did not write for this organization."""


def signature(anchor: dict[str, Any]) -> str:
    """HMAC-SHA256 over the anchor without its signature, under AUDIT_ANCHOR_KEY."""
    signed = {key: value for key, value in anchor.items() if key != "signature"}
    text = json.dumps(signed, sort_keys=True).encode()
    return hmac.new(settings.AUDIT_ANCHOR_KEY.encode(), text, hashlib.sha256).hexdigest()


def organizations() -> list[UUID]:
    """Every organization that was anchored once, even if the database knows nothing of it any more."""
    return [UUID(file.stem) for file in sorted(settings.ANCHORS_DIR.glob("*.jsonl"))]


def lines(organization: UUID) -> list[str]:
    file = _file(organization)
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def read(line: str, organization: UUID) -> Anchor:
    """Raises AnchorForged."""
    try:
        anchor = json.loads(line)
        genuine = hmac.compare_digest(signature(anchor), anchor["signature"])
        if not genuine or anchor["org_id"] != str(organization):
            raise AnchorForged
        return Anchor(int(anchor["seq"]), str(anchor["hash"]), str(anchor["at"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AnchorForged from error


def genuine(organization: UUID) -> Iterator[Anchor]:
    """The anchors that this installation wrote."""
    for line in lines(organization):
        try:
            yield read(line, organization)
        except AnchorForged:
            continue


def append(organization: UUID, anchor: Anchor) -> None:
    """Sign an anchor and write it to the organization's file."""
    signed: dict[str, Any] = {"org_id": str(organization), "seq": anchor.seq, "hash": anchor.hash, "at": anchor.at}
    signed["signature"] = signature(signed)
    settings.ANCHORS_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _file(organization).open("a", encoding="utf-8") as file:
        file.write(json.dumps(signed) + "\n")


def _file(organization: UUID) -> Path:
    return Path(settings.ANCHORS_DIR) / f"{organization}.jsonl"
