"""What a person at a terminal sees."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

ORLOP = [sys.executable, "-m", "orlop.cli"]

pytestmark = pytest.mark.usefixtures("configuration")


class Terminal:
    """A pseudo terminal; everything that is written to it is kept."""

    def __init__(self) -> None:
        self._screen, self.end = pty.openpty()
        os.set_blocking(self._screen, False)
        self.seen = ""

    def read(self) -> str:
        try:
            self.seen += os.read(self._screen, 65536).decode(errors="replace")
        except OSError:
            time.sleep(0.02)
        return self.seen

    def wait_for(self, words: str) -> None:
        until = time.monotonic() + 10
        while words not in self.read():
            assert time.monotonic() < until, self.seen

    def type(self, text: str) -> None:
        os.write(self._screen, text.encode())


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def test_a_bar_with_rate_shows_on_a_terminal_and_not_on_stdout(terminal: Terminal, tmp_path: Path) -> None:
    command = [*ORLOP, "put", "-", "--id", "slow", "--size", "8M"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=terminal.end, env=environment
    ) as process:
        assert process.stdin is not None
        for _ in range(8):
            process.stdin.write(b"x" * 1024**2)
            process.stdin.flush()
            time.sleep(0.15)
        terminal.wait_for("MB/s") if "MB/s" in terminal.read() else terminal.wait_for("/s")
        process.stdin.close()
        assert process.wait(20) == 0
        assert process.stdout is not None
        assert b"\x1b" not in process.stdout.read()
    assert "slow" in terminal.seen
    assert "8.0 MiB" in terminal.seen


def test_quiet_draws_no_bar(terminal: Terminal, disk: Path) -> None:
    subprocess.run([*ORLOP, "put", disk, "-q"], stderr=terminal.end, stdout=subprocess.DEVNULL, check=True)
    assert terminal.read() == ""


def test_an_image_is_not_written_to_a_terminal(terminal: Terminal, disk: Path) -> None:
    subprocess.run([*ORLOP, "put", disk], stdout=subprocess.DEVNULL, check=True)
    done = subprocess.run([*ORLOP, "get", disk.name], stdout=terminal.end, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert b"-o" in done.stderr
    assert terminal.read() == ""


def test_nothing_is_read_from_a_terminal(terminal: Terminal) -> None:
    done = subprocess.run([*ORLOP, "put", "-"], stdin=terminal.end, capture_output=True, check=False)
    assert (done.returncode, b"it is a terminal" in done.stderr) == (2, True)


@pytest.mark.parametrize(("answer", "left"), [("y\n", False), ("n\n", True), ("\n", True)])
def test_deleting_asks_first(terminal: Terminal, disk: Path, tmp_path: Path, answer: str, left: bool) -> None:
    subprocess.run([*ORLOP, "put", disk], stdout=subprocess.DEVNULL, check=True)
    with subprocess.Popen([*ORLOP, "rm", disk.name], stdin=terminal.end, stderr=terminal.end) as process:
        terminal.wait_for("from the store fast?")
        terminal.type(answer)
        assert process.wait(20) == int(left)
    assert (tmp_path / "fast" / disk.name).exists() == left
    assert ("orlop: kept file://" in terminal.read()) == left


def test_yes_asks_nothing(terminal: Terminal, disk: Path, tmp_path: Path) -> None:
    subprocess.run([*ORLOP, "put", disk], stdout=subprocess.DEVNULL, check=True)
    subprocess.run([*ORLOP, "rm", "-y", disk.name], stdin=terminal.end, stderr=terminal.end, check=True, timeout=20)
    assert not (tmp_path / "fast" / disk.name).exists()


def test_a_table_is_as_wide_as_the_terminal(terminal: Terminal) -> None:
    subprocess.run([*ORLOP, "stores"], stdout=terminal.end, env={**os.environ, "TERM": "xterm"}, check=True)
    terminal.wait_for("small")
    assert "\x1b[1m" in terminal.seen
