"""A signal after the commit: the image is there, and the user is told so."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from orlop.cli import cp, put, stored

from tests.cli.conftest import Cli


@pytest.fixture(params=["result", "meter"])
def signalled_late(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM comes once the image is stored: while the result is drawn, or before that."""

    def signalled(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    if request.param == "result":
        monkeypatch.setattr(stored, "result", signalled)
    else:
        for module in (put, cp):
            monkeypatch.setattr(module, "show_receipt", signalled)


@pytest.mark.usefixtures("signalled_late")
def test_a_signal_after_the_commit_says_that_the_image_is_there(cli: Cli, disk: Path) -> None:
    outcome = cli("put", disk, "--id", "one")
    assert outcome.code == 143
    assert outcome.err == "orlop: ended by SIGTERM; the image one had been stored in fast by then, and is there\n"
    assert cli("verify", "one").code == 0
    outcome = cli("cp", "one", "deep:")
    assert (outcome.code, "the image one had been stored in deep by then" in outcome.err) == (143, True)


def test_a_signal_before_the_commit_says_nothing_of_that(cli: Cli, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orlop.transfer.compare", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    outcome = cli("put", disk, "--id", "one")
    assert (outcome.code, outcome.err) == (143, "orlop: ended by SIGTERM\n")
    assert cli("stat", "one").code == 3
