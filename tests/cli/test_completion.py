from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ORLOP = str(Path(sys.executable).parent / "orlop")


def completed(words: str) -> list[str]:
    environment = {
        **os.environ,
        "_ORLOP_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    done = subprocess.run([ORLOP], env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.usefixtures("configuration")
def test_commands_stores_and_drivers_are_completed() -> None:
    assert completed("orlop st") == ["stat", "stores"]
    assert completed("orlop ls --store ") == ["fast", "deep", "bare", "small"]
    assert completed("orlop check f") == ["fast"]
    assert completed("orlop cp x d") == ["deep:"]
    assert "memory" in completed("orlop settings --schema ")


def test_a_broken_configuration_completes_nothing(configuration: Path) -> None:
    configuration.write_text("[")
    assert completed("orlop ls --store ") == []


def test_the_completion_of_a_shell_is_shown() -> None:
    environment = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(
        [ORLOP, "--show-completion", "bash"], env=environment, capture_output=True, text=True, check=True
    )
    assert "_ORLOP_COMPLETE=complete_bash" in done.stdout
