"""What the tests of the file driver share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
from orlop.store import Store

from servers.skip import pytest_runtest_call, pytest_runtest_setup
from tests.drivers.file.stores import file_store

__all__ = ["pytest_runtest_call", "pytest_runtest_setup"]


@pytest.fixture(autouse=True)
def _quick_retries() -> Iterator[None]:
    """Retries as configured, but without the waits between them."""
    with stamina.set_testing(True, attempts=50, cap=True):
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "images"
    made.mkdir()
    return made


@pytest.fixture
def store(folder: Path) -> Store:
    return file_store(folder)
