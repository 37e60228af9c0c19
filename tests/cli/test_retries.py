from __future__ import annotations

import logging
from pathlib import Path

import pytest
from orlop.drivers.file.driver import FileDriver
from orlop.errors import Unavailable
from stamina import instrumentation

from tests.cli.conftest import Cli


@pytest.fixture
def unsteady(cli: Cli, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that fails every other time."""
    cli("put", disk)
    locate, calls = FileDriver.locate, []

    def sometimes(driver: FileDriver, image_id: str) -> str:
        calls.append(image_id)
        if len(calls) % 2:
            raise Unavailable("a hiccup")
        return locate(driver, image_id)

    monkeypatch.setattr(FileDriver, "locate", sometimes)


@pytest.mark.usefixtures("unsteady")
def test_retries_are_told_only_when_asked_for(cli: Cli, disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    hooks = instrumentation.get_on_retry_hooks()
    with caplog.at_level(logging.DEBUG):
        assert cli("stat", disk.name).err == ""
        told = cli("stat", disk.name, "-v").err
    assert told.startswith("orlop: trying again in 0.")
    assert "a hiccup" in told
    assert caplog.records == []
    assert instrumentation.get_on_retry_hooks() == hooks
