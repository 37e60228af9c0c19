"""A configuration of real stores, and the command line run in this process."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from orlop.cli import main

CONFIGURATION = """
default_store = "fast"

[stores.fast]
driver = "file"
path = "{root}/fast"
description = "the quick one"

[stores.deep]
driver = "file"
path = "{root}/deep"
weight = 5

[stores.bare]
driver = "file"
path = "{root}/bare"
digests = "none"

[stores.small]
driver = "memory"
capacity = 10
"""


@dataclass(frozen=True)
class Outcome:
    """What one run has given."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Outcome]


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that ORLOP_CONFIG names."""
    file = tmp_path / "orlop.toml"
    file.write_text(CONFIGURATION.format(root=tmp_path))
    monkeypatch.setenv("ORLOP_CONFIG", str(file))
    monkeypatch.chdir(tmp_path)
    return file


@pytest.fixture
def cli(configuration: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Cli:
    """Runs `orlop ...` in this process."""

    def run(*arguments: str | Path, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsysbinary.readouterr()
        code = main([str(one) for one in arguments])
        out, err = capsysbinary.readouterr()
        return Outcome(code, out, err.decode())

    return run


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A file to store: 3 MiB, of which the second is a hole."""
    file = tmp_path / "disk.img"
    with file.open("wb") as out:
        out.write(b"\x01" * 1024**2)
        out.seek(2 * 1024**2)
        out.write(b"\x02" * 1024**2)
    return file
