from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def test_a_package_is_made(cli: Cli, tmp_path: Path) -> None:
    keeper = ["--maintainer", "Ada", "--email", "ada@mail.test", "--nick", "ada"]
    outcome = cli("new-driver", "my-store", "--into", "deep/er", *keeper)
    assert outcome.code == 0
    assert "deep/er/orlop-my-store/src/orlop_my_store/driver.py" in outcome.text.splitlines()
    assert outcome.text.endswith(
        "Next: cd deep/er/orlop-my-store, and ORLOP=PATH ci/gate, where PATH is a checkout or a wheel of orlop; "
        "then README.md\n"
    )
    assert 'nick = "ada"' in (tmp_path / "deep/er/orlop-my-store/src/orlop_my_store/driver.toml").read_text()


def test_it_is_a_document(cli: Cli, tmp_path: Path) -> None:
    document = cli("--json", "new-driver", "my-store").document
    assert document["driver"] == "my-store"
    assert document["folder"] == "orlop-my-store"
    assert sorted(map(Path, document["files"])) == sorted(
        path.relative_to(tmp_path) for path in (tmp_path / "orlop-my-store").rglob("*") if path.is_file()
    )


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["file"], 2, "an installed driver has this name"),
        (["My Store"], 2, "as in 'my-store'"),
        (["there"], 1, "orlop-there: there is something already; nothing is written"),
        (["my-store", "--into", "orlop-there/file"], 1, "orlop-there/file"),
        (["my-store", "--maintainer", "Ada"], 2, "missing: maintainers.0.email, maintainers.0.nick"),
    ],
)
def test_a_refusal(cli: Cli, tmp_path: Path, arguments: list[str], code: int, complaint: str) -> None:
    (tmp_path / "orlop-there").mkdir()
    (tmp_path / "orlop-there/file").touch()
    outcome = cli("new-driver", *arguments)
    assert outcome.code == code, outcome.err
    assert complaint in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert not (tmp_path / "orlop-my-store").exists()
