"""The documentation site in a real browser: on a desk and on a telephone nothing is cut off."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from servers.browser import Browser
from servers.missing import Missing

pytestmark = [pytest.mark.server, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
PICTURES = ROOT / "build" / "pictures"
PAGES = {
    "reference/support-matrix": ["memory", "green on", "DRIVER_REUSABLE", "proved"],
    "reference/maintainers": ["the orlop team", "the issues of orlop"],
    "reference/drivers/file": ["READ_ACCESS", "every store", "block_size", "bytes", "gate-file"],
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("sphinx") is None:
        raise Missing("Sphinx is not installed: make docs")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-b", "html", "docs", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.mark.parametrize("width", [1200, 360])
@pytest.mark.parametrize("name", PAGES)
def test_it_is_legible(browser: Browser, site: Path, name: str, width: int) -> None:
    with browser.look(site / f"{name}.html", width=width) as look:
        PICTURES.mkdir(parents=True, exist_ok=True)
        look.page.screenshot(path=PICTURES / f"site-{name.rpartition('/')[2]}-{width}.png", full_page=True)
        assert look.complaints == []
        assert look.overflow <= 0, "a wide table scrolls by itself, and not the page"
        for text in PAGES[name]:
            assert text in look.text


def test_the_matrix_leads_to_the_result(browser: Browser, site: Path) -> None:
    with browser.look(site / "reference/support-matrix.html", width=1200) as look:
        link = look.page.locator("a[href='drivers/memory.html#last-green-gate']")
        link.click()
        assert look.page.url.endswith("reference/drivers/memory.html#last-green-gate")
        result = look.page.get_by_role("link", name="gate.json").get_attribute("href")
        assert result is not None
        assert (site / "reference/drivers" / result).read_bytes().startswith(b"{")


def test_options_keep_their_two_hyphens(site: Path) -> None:
    text = (site / "how-to/first-image.html").read_text(encoding="utf-8")
    assert "--" in text
    assert "\u2013" not in text.replace("&#8211;", "\u2013"), "an en dash, which no shell takes for --"
