"""The whole page: what was run, with what, and the gates, one after the other."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from orlop.gate.html.elements import Part, element, written
from orlop.gate.html.facts import facts, moment
from orlop.gate.html.gate import gate_section, verdict
from orlop.gate.ledger import DEVIATES, FAILED, NOT_SHOWN, PASSED, REFUSED


def write_html(report: Mapping[str, Any], path: str) -> None:
    """Write the page of a report, as `orlop.gate.report` makes it, to `path`."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(html(report), encoding="utf-8")


def html(report: Mapping[str, Any]) -> str:
    """The page of a report."""
    gates = report["gates"]
    names = ", ".join(dict.fromkeys(gate["driver"] or gate["class"] for gate in gates))
    title = f"Gate report: {names}"
    sections = [gate_section(gate, f"gate-{number}") for number, gate in enumerate(gates, 1)]
    body = element(
        "body",
        element(
            "header",
            element("h1", title),
            element("p", *_summary(gates)),
            facts(
                ("Run on", moment(report["date"])),
                ("Kit", f"{report['kit']['name']} {report['kit']['version'] or ''}".strip()),
                ("Python", report["python"]),
                ("Platform", report["platform"]),
            ),
        ),
        element("main", *sections),
        element("footer", element("p", *_legend())),
    )
    return written(element("html", _head(title), body, lang="en"))


def _head(title: str) -> Element:
    style = files("orlop.gate.html").joinpath("style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    # Whatever is in the texts: a browser runs no script of this page and fetches nothing for it.
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    sheet = element("style")
    sheet.text = style
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        sheet,
    )


def _summary(gates: list[Any]) -> list[Element | str]:
    if len(gates) == 1:
        return [verdict(gates[0])]
    good = sum(gate["passed"] for gate in gates)
    return [f"{good} of {len(gates)} gates passed."]


def _legend() -> Iterator[Part]:
    meanings = {
        PASSED: "the store did what it claims",
        REFUSED: "the store does not claim this, and says so when it is asked for it",
        NOT_SHOWN: "the case could not be brought about here, so nothing is known of it",
        DEVIATES: "it fails for a reason that is written down, until the day that stands there",
        FAILED: "it does not do what it claims",
    }
    for outcome, meaning in meanings.items():
        yield element("strong", outcome)
        yield f": {meaning}. "
