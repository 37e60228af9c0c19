"""Elements of a page, made of the standard library's trees, which escape every text by themselves.

A template engine would be one dependency more of every driver's tests, and one in which escaping can be forgotten.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from xml.etree.ElementTree import Element, tostring

Part = Element | str
"""What an element contains."""
_DOCTYPE = "<!DOCTYPE html>\n"
_SPACE = {"\n", "\t"}


def element(tag: str, *parts: Part, **attributes: str) -> Element:
    """An element with texts and elements in it; `class_` and `aria_hidden` stand for `class` and `aria-hidden`."""
    made = Element(tag, {name.rstrip("_").replace("_", "-"): visible(value) for name, value in attributes.items()})
    add(made, parts)
    return made


def add(parent: Element, parts: Iterable[Part]) -> None:
    """Append texts and elements to an element."""
    for part in parts:
        if isinstance(part, Element):
            parent.append(part)
        elif len(parent):
            parent[-1].tail = (parent[-1].tail or "") + visible(part)
        else:
            parent.text = (parent.text or "") + visible(part)


def visible(text: str) -> str:
    r"""The text with what cannot be seen written out, as `\x1b`: control characters, marks that turn text."""
    return re.sub(r"[^\x20-\x7e]", _shown, text)


def written(root: Element) -> str:
    """The whole document."""
    return _DOCTYPE + tostring(root, encoding="unicode", method="html") + "\n"


def _shown(match: re.Match[str]) -> str:
    letter = match[0]
    if letter in _SPACE or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return letter
    return letter.encode("unicode_escape").decode("ascii")
