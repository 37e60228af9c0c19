"""One gate's part of the page: the verdict, what was tried, the capabilities, the cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from orlop.gate.html.capabilities import capabilities
from orlop.gate.html.cases import groups, name_of
from orlop.gate.html.elements import element
from orlop.gate.html.facts import count, facts, seconds
from orlop.gate.html.marks import mark
from orlop.gate.ledger import DEVIATES, FAILED, OUTCOMES, PASSED

Gate = Mapping[str, Any]


def gate_section(gate: Gate, anchor: str) -> Element:
    """The whole part, with `anchor` as its id and the start of the ids in it."""
    title = f"{gate['driver'] or 'unknown'} driver, store {gate['store'] or 'unknown'}"
    return element(
        "section",
        element("h2", title, id=anchor),
        element("p", verdict(gate), " ", _counts(gate)),
        _subject(gate),
        *_warnings(gate),
        *_failures(gate),
        *capabilities(gate["capabilities"], gate["cases"], complete=not gate["missing"]),
        element("h3", "Cases"),
        *groups(gate),
        *_missing(gate),
        aria_labelledby=anchor,
    )


def verdict(gate: Gate) -> Element:
    """The one word that counts."""
    if gate["passed"]:
        return mark(PASSED, "Passed")
    failed = any(case["outcome"] == FAILED for case in gate["cases"])
    return mark(FAILED, "Not passed") if failed else mark(DEVIATES, "Not complete")


def _counts(gate: Gate) -> str:
    outcomes = [case["outcome"] for case in gate["cases"]]
    counted = [f"{outcomes.count(one)} {one}" for one in OUTCOMES if one in outcomes]
    if gate["missing"]:
        counted.append(f"{len(gate['missing'])} not run")
    return f"{count(len(outcomes), 'case')} in {seconds(gate['seconds'])}: {', '.join(counted)}."


def _subject(gate: Gate) -> Element:
    package = gate["distribution"]
    return facts(
        ("Driver", gate["driver"] or ""),
        ("Class", element("code", gate["driver_type"] or "unknown")),
        ("Package", f"{package['name']} {package['version'] or ''}".strip() if package else "not an installed one"),
        ("Server", gate["server"] or "says no version"),
        ("Store", gate["store"] or ""),
        ("Witness", element("code", gate["witness"]["type"] or "unknown")),
        ("Gate class", element("code", gate["class"])),
    )


def _warnings(gate: Gate) -> Iterator[Element]:
    if gate["witness"]["independent"] is False:
        text = "The witness is not independent: it only repeats what the driver itself says of its backend."
        yield element("p", element("strong", "Note. "), text, class_="note")


def _failures(gate: Gate) -> Iterator[Element]:
    failed = [case for case in gate["cases"] if case["outcome"] == FAILED]
    if not failed:
        return
    yield element("h3", "What failed")
    for case in failed:
        yield element("h4", name_of(case["case"]))
        yield element("pre", case["message"] or "no message", tabindex="0")


def _missing(gate: Gate) -> Iterator[Element]:
    if gate["missing"]:
        yield element("h3", "Not run")
        yield element("p", "The store is proved only when every case has run. These have not:")
        yield element("ul", *(element("li", name_of(name)) for name in gate["missing"]))
