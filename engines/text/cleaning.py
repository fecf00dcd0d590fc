"""Makes what a model writes safe to show, piece by piece as it arrives.

A model obeys whoever wrote the passages it reads, so that its text is a stranger's: a picture or a link in it would
carry what it knows to another host, a label may cite what was never retrieved, and `<SQL>` is for the gate alone
(OWASP 2026: LLM01, LLM02, LLM10). What comes out is plain text and labels of this request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_SQL_OPEN = re.compile(r"<\s*SQL\s*>", re.IGNORECASE)
_SQL_CLOSE = re.compile(r"<\s*/\s*SQL\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[A-Za-z/!?][^<>]{0,500}>")
_TAG_BEGUN = re.compile(r"<\s*(?:[A-Za-z/!?][^<>]{0,500})?\Z")
_BRACKET = re.compile(r"!?\[(?P<text>[^\[\]]{0,500})\]")
_BRACKET_BEGUN = re.compile(r"!?\[[^\[\]]{0,500}\Z")
_TARGET = re.compile(r"\([^()\n]{0,2000}(?:\([^()\n]*\)[^()\n]*)?\)|[ \t]?\[(?!\s*DOC\b)[^\[\]\n]{0,200}\]")
_TARGET_BEGUN = re.compile(r"(?:\([^\n]{0,2000}|[ \t]|[ \t]?\[[^\]\n]{0,200})?\Z")
_LABELS = re.compile(r"\s*DOC\s*:", re.IGNORECASE)
# Tags that end a line or a cell: the words on either side are two.
_BREAK = re.compile(r"<\s*/?\s*(?:br|p|div|li|ul|ol|table|tr|td|th|h[1-6]|hr)\b", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,;\s]+")
_PLAIN = re.compile(r"[^\s<\[!]+")
_BLANK = re.compile(r"\s+")
# What would become a link, a picture or a tag where something between was left out, or was never closed.
_JOINT = re.compile(r"(?<=\])(?=\()|(?<=!)(?=\[)|(?<=<)(?=[A-Za-z/!?])")
_ADDRESS = re.compile(
    r"://|\b(?:data|javascript|vbscript|mailto|blob):\S|\bwww\.|(?:^|[^:\w])//[\w-]"
    r"|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24}(?::\d+)?[/?#]",
    re.IGNORECASE,
)
# May still become an address: it is not shown before it ended.
_SUSPECT = re.compile(r"[.:/@?#]")
_SCHEMES = ("http", "https", "ftp", "file", "www", "data", "javascript", "vbscript", "mailto", "blob", "ws", "wss")
_SCHEMES_BEGUN = frozenset(scheme[:length] for scheme in _SCHEMES for length in range(1, len(scheme) + 1))
_OPENING = "([])\"'«“<!-"
# Unseen characters, those that turn the writing direction, and Markdown's emphasis, which is shown as it is written.
_DROPPED = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f*`]"
)


class Cleaner:
    """`labels` are those that may be written, by what the model calls them, without brackets (`1-3`).

    `sql` holds what was between `<SQL>` marks; `foreign` counts the labels that were dropped.
    """

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels
        self._held = ""
        self._shown = ""  # of the word that is being written
        self._hidden = ""  # the same word's rest, which may turn out to be an address
        self._last = ""  # the last character that was returned
        self.sql: list[str] = []
        self.foreign = 0

    def feed(self, piece: str) -> str:
        """Return what may be shown by now, after what was returned before."""
        self._held += _DROPPED.sub("", piece)
        return self._run(final=False)

    def close(self) -> str:
        """Return the rest."""
        return self._run(final=True) + self._apart(self._word_ended())

    def _run(self, *, final: bool) -> str:
        written: list[str] = []
        while self._held:
            taken = self._step(final=final)
            if taken is None:
                break
            length, text = taken
            self._held = self._held[length:]
            written.append(self._apart(text))
        return "".join(written)

    def _apart(self, text: str) -> str:
        """What is about to be returned, with a space wherever it would become markup."""
        said = _JOINT.sub(" ", self._last + text)[len(self._last) :]
        self._last = said[-1:] or self._last
        return said

    def _step(self, *, final: bool) -> tuple[int, str] | None:
        """How many characters to take next and what to write for them; None to wait for more."""
        if blank := _BLANK.match(self._held):
            return blank.end(), self._word_ended() + blank.group()
        if plain := _PLAIN.match(self._held):
            return plain.end(), self._word(plain.group())
        if self._held[0] == "<":
            return self._angle(final=final)
        if self._held[0] == "!" and not self._held.startswith("!["):
            return None if self._held == "!" and not final else (1, self._word("!"))
        return self._bracket(final=final)

    def _word(self, more: str) -> str:
        """A word goes on over what is left out of it, so that an address in pieces is known for one."""
        word = self._shown + self._hidden + more
        if self._hidden or _SUSPECT.search(more) or word.lower().lstrip(_OPENING) in _SCHEMES_BEGUN:
            self._hidden += more
            return ""
        self._shown = word
        return more

    def _word_ended(self) -> str:
        shown, hidden = self._shown, self._hidden
        self._shown = self._hidden = ""
        return "" if _ADDRESS.search(shown + hidden) else hidden

    def _angle(self, *, final: bool) -> tuple[int, str] | None:
        if begun := _SQL_OPEN.match(self._held):
            ended = _SQL_CLOSE.search(self._held)
            if ended is None and not final:
                return None
            self.sql.append(self._held[begun.end() : ended.start() if ended else None].strip())
            return (ended.end() if ended else len(self._held)), ""
        if tag := _TAG.match(self._held):
            return tag.end(), f"{self._word_ended()} " if _BREAK.match(tag.group()) else ""
        if not final and _TAG_BEGUN.match(self._held):
            return None
        return 1, self._word("<")

    def _bracket(self, *, final: bool) -> tuple[int, str] | None:
        found = _BRACKET.match(self._held)
        if found is None:
            begun = not final and _BRACKET_BEGUN.match(self._held)
            return None if begun else (1, self._word(self._held[0]))
        image = self._held[0] == "!"
        if not image and _LABELS.match(found["text"]):
            return found.end(), self._cited(found["text"])
        after = self._held[found.end() :]
        target = _TARGET.match(after)
        if target is None and not final and _TARGET_BEGUN.match(after):
            return None
        if target is None and not image:
            return 1, self._word("[")
        # The words of a link are read again: there may be markup in them too.
        self._held = ("" if image else found["text"]) + (after[target.end() :] if target else after)
        return 0, ""

    def _cited(self, inside: str) -> str:
        names = [name for name in _SEPARATOR.split(_LABELS.sub(" ", inside)) if name]
        names = [name.removeprefix("DOC:") for name in names]
        known = [self._labels[name] for name in names if name in self._labels]
        self.foreign += len(names) - len(known)
        return self._word_ended() + "".join(known) if known else ""
