"""What the pages tell to do is done here, block by block, and what they say is printed is compared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import PASSIVE, ROOT, blocks, run

PAGES = [
    ROOT / "README.md",
    ROOT / "packages/orlop/README.md",
    ROOT / "docs/become-a-maintainer.md",
    ROOT / "docs/write-a-driver.md",
    ROOT / "docs/lifecycle.md",
    *sorted((ROOT / "docs/how-to").glob("*.md")),
]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.slow
@pytest.mark.timeout(660)
@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    run(page, tmp_path / "home")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_is_run_or_has_a_reason(page: Path) -> None:
    found = blocks(page)
    assert page.read_text(encoding="utf-8").count("\n```") == 2 * sum(block.language != "hidden" for block in found)
    assert [block.line for block in found if not block.runs and not block.mark and block.language not in PASSIVE] == []


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))], ids=name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)(?:#[^)]*)?\)", text)
    assert [target for target in targets if not (page.parent / target).exists()] == []
