"""The page in a real browser: legible on a desk and on a telephone, by day and by night. Its pictures stay in build/."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from orlop.gate.html.page import write_html

from servers.browser import Browser, Scheme
from tests.gate.html.sample import SHOWN, gate, good, report

pytestmark = pytest.mark.server

PICTURES = Path(__file__).parents[3] / "build" / "pictures"
REPORTS = {"good": report(good()), "hostile": report(gate(), good())}
SMALL = """
    [...document.querySelectorAll("body *")]
    .filter(node => node.innerText && parseFloat(getComputedStyle(node).fontSize) < 12).length
"""
OUTSIDE = """
    [...document.querySelectorAll("body *")]
    .filter(node => node.getBoundingClientRect().right > window.innerWidth + 1).map(node => node.outerHTML)
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
@pytest.mark.parametrize("name", REPORTS)
def test_it_is_legible(browser: Browser, tmp_path: Path, name: str, width: int, scheme: Scheme) -> None:
    page = tmp_path / "report.html"
    write_html(REPORTS[name], str(page))
    with browser.look(page, width=width, scheme=scheme) as look:
        PICTURES.mkdir(parents=True, exist_ok=True)
        look.page.screenshot(path=PICTURES / f"gate-{name}-{width}-{scheme}.png", full_page=True)
        assert look.complaints == []
        assert look.fetched == [page.resolve().as_uri()]
        assert look.overflow <= 0
        assert look.page.evaluate(OUTSIDE) == []
        assert look.page.evaluate(SMALL) == 0
        for text in _due(name):
            assert text in look.text
        assert (look.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)") == (
            scheme == "light"
        ), "the style has been taken"


def test_a_screen_reader_finds_its_way(browser: Browser, tmp_path: Path) -> None:
    """By the roles that the browser itself gives to the page's parts."""
    page = tmp_path / "report.html"
    write_html(REPORTS["good"], str(page))
    with browser.look(page, width=360) as look:
        assert look.page.get_by_role("heading", level=1, name="Gate report: fine").is_visible()
        assert look.page.get_by_role("region", name="fine driver, store images").is_visible()
        assert look.page.get_by_role("rowheader", name="WRITE_ACCESS").is_visible()
        assert look.page.get_by_role("columnheader", name="Outcome").is_visible()
        assert look.page.get_by_role("row", name="acl refused 0.25 s").is_visible(), "the signs are not read out"


def _due(name: str) -> list[Any]:
    if name == "good":
        return ["✓ Passed", "WRITE_ACCESS", "⊘ refused in 1 case", "Of every size.", "2 cases in 4 min 12 s"]
    return ["1 of 2 gates passed.", "✗ Not passed", SHOWN, "! deviates", "until 2027-01-31", "last line", "never run"]
