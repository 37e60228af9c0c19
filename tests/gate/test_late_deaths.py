"""A backend that takes a dead process for alive for a while: its leftovers are cleaned when it has taken note."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from orlop.drivers.file.driver import FileDriver
from orlop.drivers.file.settings import FileSettings
from orlop.gate.cases.killing import Killing
from orlop.gate.trial import Trial
from orlop.gate.witnesses.file import FileWitness
from orlop.records import Leftover

MOURNING = timedelta(seconds=1)


class MournsLate(FileDriver):
    def leftovers(self) -> Iterator[Leftover]:
        for leftover in super().leftovers():
            assert leftover.modified is not None
            if datetime.now(UTC) - leftover.modified > MOURNING:
                yield leftover


def trial_in(folder: Path, settle: float) -> Trial:
    settings = FileSettings(path=folder, block_size=128 * 1024, fsync=False)
    driver = MournsLate(settings)
    return Trial(driver, FileWitness(driver), partial(FileDriver, settings), {}, settle=settle)


def test_cleaned_when_the_backend_has_settled(tmp_path: Path) -> None:
    trial = trial_in(tmp_path, settle=10)
    Killing().test_killed_in_the_middle_leaves_no_image(trial)
    trial.finish()
    assert list(tmp_path.iterdir()) == []
    trial.close()


def test_a_failure_where_it_should_have_settled(tmp_path: Path) -> None:
    trial = trial_in(tmp_path, settle=0)
    with pytest.raises(AssertionError, match="does not know"):
        Killing().test_killed_in_the_middle_leaves_no_image(trial)
    trial.close()
