"""The capabilities: what is claimed, what of it is proved, and what is refused because it is not claimed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from orlop.capabilities import Capability, names
from orlop.gate.html.elements import element
from orlop.gate.html.facts import count
from orlop.gate.html.marks import mark
from orlop.gate.ledger import DEVIATES, FAILED, PASSED, REFUSED

_EVERY = names(~Capability.NONE)


def capabilities(
    found: Mapping[str, Sequence[str]], cases: Sequence[Mapping[str, Any]], *, complete: bool
) -> Iterator[Element]:
    """The tables of both."""
    yield element("h3", "Capabilities claimed")
    rows = [_row(name, _claimed(name, found, complete=complete)) for name in found["claimed"]]
    yield _table("Capability", "Result", rows) if rows else element("p", "None.")
    yield element("h3", "Not claimed, and refused")
    shown = [_row(name, _refused(name, cases)) for name in _EVERY if name not in found["claimed"]]
    yield _table("Capability", "Shown by", shown) if shown else element("p", "Nothing: the store claims everything.")


def _claimed(name: str, found: Mapping[str, Sequence[str]], *, complete: bool) -> Element:
    if name in found["lost"]:
        return mark(DEVIATES, "lost for now, as check says")
    if name not in found["proved"]:
        return mark(FAILED, "not proved")
    return mark(PASSED, "proved") if complete else mark(DEVIATES, "proved by the cases that have run")


def _refused(name: str, cases: Sequence[Mapping[str, Any]]) -> Element | str:
    outcomes = [case["outcome"] for case in cases if name in case["capabilities"]]
    if not outcomes:
        return "no case has run"
    if FAILED in outcomes:
        return mark(FAILED, "not refused as it should be, or by no proper error")
    return mark(REFUSED, f"refused in {count(outcomes.count(REFUSED), 'case')}")


def _row(name: str, result: Element | str) -> Element:
    return element("tr", element("th", element("code", name), scope="row"), element("td", result))


def _table(first: str, second: str, rows: Sequence[Element]) -> Element:
    head = element("tr", element("th", first, scope="col"), element("th", second, scope="col"))
    return element("table", element("thead", head), element("tbody", *rows), class_="capabilities")
