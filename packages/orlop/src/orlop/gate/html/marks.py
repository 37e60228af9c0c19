"""How an outcome is shown: a sign, its word, and a colour that says nothing the word does not say."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from orlop.gate.html.elements import element
from orlop.gate.ledger import DEVIATES, FAILED, NOT_SHOWN, PASSED, REFUSED

_SIGNS = {PASSED: "✓", REFUSED: "⊘", NOT_SHOWN: "?", DEVIATES: "!", FAILED: "✗"}


def mark(outcome: str, words: str = "") -> Element:
    """The outcome, or `words` in its colour and with its sign."""
    sign = element("span", _SIGNS[outcome], aria_hidden="true")
    return element("span", sign, " ", words or outcome, class_=f"mark {outcome.replace(' ', '-')}")
