"""Which elements of a page a browser would not show: attributes, inline styles, and simple rules of `<style>`."""

import re
from typing import Any, Final

_RULE: Final = re.compile(r"([^{}@]{1,500})\{([^{}]{0,2000})\}")
_SIMPLE: Final = re.compile(r"(?:[a-z][a-z0-9]*)?(?:[.#][\w-]+)?", re.IGNORECASE)
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_DECLARATION: Final = re.compile(r"([a-z-]+)\s*:\s*([^;]+)")
_ZERO: Final = re.compile(r"0*(?:\.0+|[01](?:\.\d+)?)?(?:px|pt)|0*(?:\.0+)?(?:em|rem|%)?")
_FAR: Final = re.compile(r"-\d{3,}(?:\.\d+)?(?:px|pt|em|rem|%)?")
_RGB: Final = re.compile(r"rgba?\((\d+),(\d+),(\d+)(?:,[\d.]+)?\)")
_HEX: Final = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})")
_NAMES: Final = {"white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250), "ivory": (255, 255, 240)}
_WHITE: Final = (255, 255, 255)
_NEAR: Final = 24  # of 3 * 255
_STYLES_READ: Final = 200_000

Styles = dict[str, str]


class Hidden:
    """Asked once for each element; `count` is how many were hidden and held text."""

    def __init__(self, root: Any) -> None:
        self.count = 0
        self._rules = _rules(root)

    def holds(self, element: Any) -> bool:
        if not self._is_hidden(element):
            return False
        self.count += bool("".join(element.itertext()).strip())
        return True

    def _is_hidden(self, element: Any) -> bool:
        if element.get("hidden") is not None or (element.tag == "input" and element.get("type") == "hidden"):
            return True
        styles = self._styles(element)
        return bool(styles) and (_not_drawn(styles) or self._same_colour(element, styles))

    def _styles(self, element: Any) -> Styles:
        styles: Styles = {}
        for name in _names(element):
            styles |= self._rules.get(name, {})
        if element.tag == "font" and element.get("color"):
            styles["color"] = element.get("color").lower()
        return styles | _declared(element.get("style") or "")

    def _same_colour(self, element: Any, styles: Styles) -> bool:
        colour = _colour(styles.get("color", ""))
        if colour is None:
            return False
        around = self._background(element, styles)
        return around is not None and sum(abs(a - b) for a, b in zip(colour, around, strict=True)) <= _NEAR

    def _background(self, element: Any, styles: Styles) -> tuple[int, int, int] | None:
        """The colour behind an element: the nearest that is said; None when a picture stands there."""
        for holder in (element, *element.iterancestors()):
            present = styles if holder is element else self._styles(holder)
            said = " ".join(present.get(name, "") for name in ("background", "background-color", "background-image"))
            said = f"{said} {holder.get('bgcolor', '').lower()}".strip()
            if "url(" in said or "gradient" in said or holder.get("background"):
                return None
            for word in said.split():
                if (colour := _colour(word)) is not None:
                    return colour
        return _WHITE


def _names(element: Any) -> list[str]:
    """The selectors of one step that an element answers to, the strongest last."""
    tag = str(element.tag).lower()
    kinds = [f".{name}" for name in (element.get("class") or "").split()]
    ident = [f"#{element.get('id')}"] if element.get("id") else []
    return [tag, *kinds, *(tag + kind for kind in kinds), *ident, *(tag + one for one in ident)]


def _rules(root: Any) -> dict[str, Styles]:
    found: dict[str, Styles] = {}
    css = "\n".join(style.text or "" for style in root.iter("style"))[:_STYLES_READ]
    for selectors, body in _RULE.findall(_COMMENT.sub("", css)):
        for selector in selectors.split(","):
            name = selector.strip()
            if name and _SIMPLE.fullmatch(name):
                found.setdefault(name, {}).update(_declared(body))
    return found


def _declared(style: str) -> Styles:
    pairs = _DECLARATION.findall(style.lower())
    return {name: value.replace("!important", "").strip().replace(", ", ",") for name, value in pairs}


def _not_drawn(styles: Styles) -> bool:
    return (
        styles.get("display") == "none"
        or styles.get("visibility") in {"hidden", "collapse"}
        or (styles.get("opacity") is not None and _ZERO.fullmatch(styles["opacity"]) is not None)
        or ("font-size" in styles and _ZERO.fullmatch(styles["font-size"]) is not None)
        or styles.get("color") == "transparent"
        or any(_FAR.fullmatch(styles.get(side, "")) for side in ("left", "top", "text-indent", "margin-left"))
        or (styles.get("max-height") in {"0", "0px"} and styles.get("overflow") == "hidden")
    )


def _colour(text: str) -> tuple[int, int, int] | None:
    text = text.strip()
    if text in _NAMES:
        return _NAMES[text]
    if rgb := _RGB.fullmatch(text):
        return int(rgb[1]), int(rgb[2]), int(rgb[3])
    if spelled := _HEX.fullmatch(text):
        digits = spelled[1] if len(spelled[1]) == 6 else "".join(2 * digit for digit in spelled[1])  # noqa: PLR2004
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    return None
