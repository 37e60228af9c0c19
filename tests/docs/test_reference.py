"""The generated pages are those of this code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from docs import generate

ROOT = Path(__file__).parents[2]


def test_the_reference_is_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "docs.generate", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stale_page_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "REFERENCE", tmp_path)
    assert generate.main(["--check"]) == 1
    assert "cli.md: stale" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    (tmp_path / "drivers/floppy.md").write_text("a driver that has gone")
    assert generate.main(["--check"]) == 1
    assert "floppy.md: stale" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert not (tmp_path / "drivers/floppy.md").exists()
    page = (tmp_path / "cli.md").read_text()
    assert "## orlop put" in page
    assert "| 5 | the bytes are not the ones announced" in page
    assert "`allow_unsupported`" in (tmp_path / "settings.md").read_text()
    assert "`path`" in (tmp_path / "drivers/file.md").read_text()
    assert "| `import *` |" in (tmp_path / "glance-store-differences.md").read_text()
