"""The package that is made, as files: named after the driver throughout, and with its maintainer in driver.toml."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path

import pytest
from orlop.lifecycle.record import InvalidRecord, record_in
from orlop.skeleton.making import Keeper, make_package
from orlop.skeleton.naming import names_for

TODAY = date(2027, 2, 3)


def make(folder: Path, driver: str = "my-store", keeper: Keeper | None = None) -> Path:
    names = names_for(driver)
    make_package(folder / names.distribution, names, keeper=keeper, today=TODAY)
    return folder / names.distribution


def test_nothing_is_called_example(tmp_path: Path) -> None:
    package = make(tmp_path)
    files = [path for path in package.rglob("*") if path.is_file()]
    assert len(files) > 12
    for path in files:
        assert "example" not in (str(path.relative_to(package)) + path.read_text(encoding="utf-8")).lower(), path


def test_its_job_can_be_run(tmp_path: Path) -> None:
    assert os.access(make(tmp_path) / "ci/gate", os.X_OK)


def test_it_is_known_by_its_entry_points(tmp_path: Path) -> None:
    project = tomllib.loads((make(tmp_path) / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == "orlop-my-store"
    assert project["entry-points"] == {
        "orlop.drivers": {"my-store": "orlop_my_store.driver:MyStoreDriver"},
        "orlop.witnesses": {"my-store": "orlop_my_store.witness:MyStoreWitness"},
    }


def test_its_record_is_valid_and_from_today(tmp_path: Path) -> None:
    record = record_in((make(tmp_path) / "src/orlop_my_store/driver.toml").read_text(encoding="utf-8"))
    assert record.latest.date == TODAY
    assert record.latest.status == "experimental"
    assert record.maintainers == ()
    assert not record.jobs[0].voting


def test_the_keeper_stands_in_the_record(tmp_path: Path) -> None:
    package = make(tmp_path, keeper=Keeper('Ada "the\\first" 漢', "ada@mail.test", "ada"))
    record = record_in((package / "src/orlop_my_store/driver.toml").read_text(encoding="utf-8"))
    (keeper,) = record.maintainers
    assert (keeper.name, keeper.email, keeper.nick) == ('Ada "the\\first" 漢', "ada@mail.test", "ada")


@pytest.mark.parametrize(
    ("keeper", "complaint"),
    [
        (Keeper("Ada", "", "ada"), "email"),
        (Keeper("", "ada@mail.test", ""), "missing: maintainers.0.name, maintainers.0.nick"),
        (Keeper("Ada", "ada", "ada"), "email"),
        (Keeper("Ada\x7f", "ada@mail.test", "ada"), "Illegal character"),
    ],
)
def test_half_a_keeper_makes_nothing(tmp_path: Path, keeper: Keeper, complaint: str) -> None:
    with pytest.raises(InvalidRecord, match=complaint):
        make(tmp_path, keeper=keeper)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "orlop-my-store").mkdir()
    with pytest.raises(FileExistsError):
        make(tmp_path)
    assert list((tmp_path / "orlop-my-store").iterdir()) == []


@pytest.mark.parametrize("driver", ["x", "my-store", "a" * 30, "z" + "-z1" * 9])
def test_every_name_leaves_it_tidy(tmp_path: Path, driver: str) -> None:
    package = make(tmp_path, driver)
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
            cwd=package,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
