"""The cases, a table for each group; the variants of a case that ended alike are one row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from orlop.gate.html.elements import Part, element
from orlop.gate.html.facts import seconds
from orlop.gate.html.marks import mark
from orlop.gate.ledger import DEVIATES, FAILED

Case = Mapping[str, Any]


def groups(gate: Mapping[str, Any]) -> Iterator[Element]:
    """A heading and a table for each group, in the order in which they ran."""
    found: dict[str, list[Case]] = {}
    for case in gate["cases"]:
        found.setdefault(case["group"], []).append(case)
    for name, cases in found.items():
        yield element("h4", name)
        if about := gate["groups"].get(name):
            yield element("p", about, class_="about")
        yield _table(cases)


def name_of(case: str) -> str:
    """A case's name as words: `test_abort[begun]` is `abort [begun]`."""
    function, mark_, variant = case.partition("[")
    return function.removeprefix("test_").replace("_", " ") + (f" [{variant}" if mark_ else "")


def _table(cases: Sequence[Case]) -> Element:
    heads = [("Case", ""), ("Outcome", ""), ("Time", "time")]
    head = element("tr", *(element("th", text, scope="col", class_=kind) for text, kind in heads))
    return element("table", element("thead", head), element("tbody", *map(_row, _alike(cases))), class_="cases")


def _alike(cases: Sequence[Case]) -> Iterator[list[Case]]:
    """Cases that are shown in one row: variants with one outcome, and nothing else to say of them."""
    found: dict[tuple[str, ...], list[Case]] = {}
    for case in cases:
        single = case["outcome"] in {DEVIATES, FAILED}
        key = (case["case"],) if single else (case["case"].partition("[")[0], case["outcome"], *case["notes"])
        found.setdefault(key, []).append(case)
    yield from found.values()


def _row(cases: list[Case]) -> Element:
    first = cases[0]
    return element(
        "tr",
        element("th", *_described(cases), scope="row"),
        element("td", mark(first["outcome"])),
        element("td", seconds(sum(case["seconds"] for case in cases)), class_="time"),
    )


def _described(cases: list[Case]) -> Iterator[Part]:
    first = cases[0]
    if len(cases) == 1:
        yield name_of(first["case"])
    else:
        yield name_of(first["case"].partition("[")[0])
        variants = ", ".join(case["case"].partition("[")[2].removesuffix("]") for case in cases)
        yield element("small", f"{len(cases)} variants: {variants}")
    if first["deviation"]:
        yield element("small", f"until {first['deviation']['expires']}: {first['deviation']['reason']}")
    if first["outcome"] == FAILED:
        yield element("small", first["message"].partition("\n")[0] or "no message")
    for note in first["notes"]:
        yield element("small", note)
