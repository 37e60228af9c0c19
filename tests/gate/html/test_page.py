"""The page of a report: what is in it, that nothing in it is alive, and that everybody can read it."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from itertools import pairwise

import pytest
from orlop.gate.html.page import html

from tests.gate.html.reader import Node, read
from tests.gate.html.sample import HOSTILE, SHOWN, case, gate, good, report

STYLE = files("orlop.gate.html").joinpath("style.css").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page() -> Node:
    return read(html(report(gate(), good())))


def rows(page: Node, table: str, section: int = 0) -> list[list[str]]:
    """The texts of the rows of a section's tables of one class."""
    found = list(page.all("section"))[section]
    tables = [one for one in found.all("table") if one.attributes["class"] == table]
    return [[cell.text for cell in row.all("th", "td")] for one in tables for row in list(one.all("tr"))[1:]]


def test_it_says_what_was_tried(page: Node) -> None:
    names = [SHOWN if name == HOSTILE else name for name in [HOSTILE, "fine"]]
    assert next(page.all("h1")).text == f"Gate report: {', '.join(names)}"
    told = {next(pair.all("dt")).text: next(pair.all("dd")).text for pair in page.all("div")}
    assert told == {
        "Run on": "2026-11-22 21:30 UTC", "Kit": f"orlop {SHOWN}", "Python": SHOWN, "Platform": SHOWN,
        "Driver": "fine", "Class": SHOWN, "Package": "not an installed one", "Server": "says no version",
        "Store": "images", "Witness": "fine:Witness", "Gate class": f"tests:{SHOWN}",
    }  # fmt: skip
    assert f"{SHOWN} {SHOWN}" in [value.text for value in page.all("dd")], "the package and its version"


def test_the_verdicts() -> None:
    missing = gate(cases=[case("test_put", "passed")])
    for one, verdict in [(good(), "✓ Passed"), (gate(), "✗ Not passed"), (missing, "! Not complete")]:
        assert next(read(html(report(one))).all("p")).text == verdict
    assert next(read(html(report(good(), gate()))).all("p")).text == "1 of 2 gates passed."


def test_the_cases_have_outcome_time_and_reason(page: Node) -> None:
    assert rows(page, "cases") == [
        ["put2 variants: empty, one-byte", "✓ passed", "0.50 s"],
        ["put [huge]slow today", "✓ passed", "0.25 s"],
        ["acl", "⊘ refused", "0.25 s"],
        [f"odduntil 2027-01-31: {SHOWN}", "! deviates", "0.25 s"],
        [f"noted{SHOWN}", "✓ passed", "4 min 10 s"],
        # This one's name has a bracket in it, so that what follows is taken for its variant.
        [f"{SHOWN.replace('[', ' [')}{SHOWN}", "✗ failed", "0.25 s"],
    ]
    counts = next(page.all("section")).text
    assert "7 cases in 4 min 12 s: 4 passed, 1 refused, 1 deviates, 1 failed, 2 not run." in counts
    assert [part.text for part in page.all("li")] == ["never run", SHOWN.replace("[", " [")]


def test_what_failed_is_told_whole(page: Node) -> None:
    (message,) = page.all("pre")
    assert message.text == f"{SHOWN}\n{'x' * 300}\nlast line"


def test_capabilities_claimed_proved_and_refused(page: Node) -> None:
    found = rows(page, "capabilities")
    assert found[:4] == [
        ["READ_ACCESS", "! proved by the cases that have run"],
        ["WRITE_ACCESS", "✗ not proved"],
        ["COPY", "! lost for now, as check says"],
        ["READ_OFFSET", "no case has run"],
    ]
    assert ["ACL", "⊘ refused in 1 case"] in found
    assert len(found) == 13, "every capability is there, claimed or not"
    assert rows(page, "capabilities", 1)[0] == ["WRITE_ACCESS", "✓ proved"]
    failing = gate(cases=[case("test_acl", "failed", capabilities=["ACL"])])
    assert "not refused" in dict(rows(read(html(report(failing))), "capabilities"))["ACL"]


def test_a_dependent_witness_is_told(page: Node) -> None:
    assert [list(section.text.split("not independent"))[1:] != [] for section in page.all("section")] == [True, False]


def test_nothing_in_it_is_alive(page: Node) -> None:
    tags = {node.tag for node in page.all()}
    assert not tags & {"script", "link", "img", "iframe", "object", "form", "base", "a", "svg"}
    attributes = {name for node in page.all() for name in node.attributes}
    assert not {name for name in attributes if name.startswith("on") or name in {"src", "href", "style"}}
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    digest = base64.b64encode(hashlib.sha256(next(page.all("style")).text.encode()).digest()).decode()
    policies = [meta.attributes["content"] for meta in page.all("meta") if "http-equiv" in meta.attributes]
    assert policies == [f"default-src 'none'; style-src 'sha256-{digest}'"]


def test_the_second_page_is_as_the_first() -> None:
    assert html(report(gate(), good())) == html(report(gate(), good()))
    assert html(report(good())).count("written down") == 1


def test_no_text_hides_what_it_is() -> None:
    assert not re.search(r"[^\n\x20-\x7e⊘✓✗]", html(report(gate(), good())))


def test_it_is_built_for_readers_of_all_kinds(page: Node) -> None:
    root = next(page.all("html"))
    assert root.attributes["lang"] == "en"
    assert next(page.all("title")).text.startswith("Gate report: ")
    levels = [int(node.tag[1]) for node in page.all("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise([0, *levels])), "no level is left out"
    for row in page.all("tr"):
        assert [cell.attributes.get("scope") for cell in row.all("th")] in (["row"], ["col"] * len(list(row.all("th"))))
    ids = [node.attributes["id"] for node in page.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    assert [section.attributes["aria-labelledby"] for section in page.all("section")] == ids
    for mark in page.all("span"):
        assert mark.attributes.get("aria-hidden") == "true" or re.search("[a-z]{5,}", mark.text), "a word, not a colour"


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_the_contrast_is_enough(scheme: int) -> None:
    """4.5 to 1 is what WCAG 2 asks of text, at its level AA."""
    colours = dict(re.findall(r"--(\w+): (#\w{6})", re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[scheme]))
    for ink in ("ink", "faint", "passed", "refused", "deviates", "failed"):
        for paper in ("paper", "shade"):
            assert contrast(colours[ink], colours[paper]) >= 4.5, (ink, paper)


def contrast(one: str, other: str) -> float:
    bright, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
