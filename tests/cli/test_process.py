"""What only a real process shows: signals, pipes, and what is written where."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

ORLOP = [sys.executable, "-m", "orlop.cli"]

pytestmark = pytest.mark.usefixtures("configuration")


def stored_files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and file.stat().st_size]


def wait_for_data(process: subprocess.Popen[bytes], folder: Path) -> None:
    while not stored_files(folder):
        assert process.poll() is None
        time.sleep(0.01)


def writes_in(process: subprocess.Popen[bytes], folder: Path) -> bool:
    """Whether the process has a file open in this folder, which need have no name there yet."""
    for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            if descriptor.readlink().parent == folder:
                return True
    return False


@pytest.mark.parametrize(
    ("number", "words"),
    [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "ended by SIGTERM"), (signal.SIGHUP, "ended by SIGHUP")],
)
def test_a_put_that_is_ended_leaves_nothing(tmp_path: Path, number: signal.Signals, words: str) -> None:
    command = [*ORLOP, "put", "-", "--id", "one"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(b"x" * 4 * 1024**2)
        process.stdin.flush()
        wait_for_data(process, tmp_path / "fast")
        process.send_signal(number)
        process.send_signal(number)  # a wrapper may send it, too
        assert process.wait(20) == 128 + number
        assert process.stdout is not None
        assert process.stdout.read() == b""
        assert process.stderr is not None
        assert process.stderr.read().decode() == f"orlop: {words}\n"
    assert stored_files(tmp_path / "fast") == []


def test_a_get_that_is_ended_leaves_nothing(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(200 * 1024**3)  # a hole, which is read fast and needs no space
    (tmp_path / "fast").mkdir()
    (tmp_path / "big").rename(tmp_path / "fast/big")
    (tmp_path / "target").mkdir()
    command = [*ORLOP, "get", "big", "--no-verify", "-o", "target/out"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        while not writes_in(process, (tmp_path / "target").resolve()):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    assert os.listdir(tmp_path / "target") == []


def test_a_reader_that_goes_away_ends_it_quietly(disk: Path) -> None:
    subprocess.run([*ORLOP, "put", disk], check=True, stdout=subprocess.DEVNULL)
    with subprocess.Popen([*ORLOP, "get", disk.name], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait(20) == 141
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_a_table_into_a_closed_pipe_ends_quietly() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*ORLOP, "stores"], stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_full_stdout_is_told(disk: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*ORLOP, "stores"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (1, b"orlop: standard output: No space left on device\n")


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("put - <&-", 2, "stdin"),
        ("stores >&-", 1, "orlop: standard output is closed\n"),
        ("rm missing <&-", 3, "no such image"),
        ("stat missing 2>&-", 3, ""),
    ],
)
def test_closed_streams(script: str, code: int, said: str) -> None:
    done = subprocess.run(
        f"{' '.join(ORLOP)} {script}",
        shell=True,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 1


def test_images_pass_through_pipes(disk: Path) -> None:
    script = f"cat {disk} | orlop put - --id one -q --json && orlop get one | orlop put - --id two && orlop get two"
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(script, shell=True, capture_output=True, env=environment, check=True)
    assert done.stdout.endswith(disk.read_bytes())
    assert done.stderr == b""


def test_a_file_as_stdin_stays_sparse(disk: Path, tmp_path: Path) -> None:
    with disk.open("rb") as source:
        subprocess.run([*ORLOP, "put", "-", "--id", "one"], stdin=source, check=True, stdout=subprocess.DEVNULL)
    assert (tmp_path / "fast/one").stat().st_blocks * 512 < 3 * 1024**2


def test_nothing_is_drawn_without_a_terminal(disk: Path) -> None:
    environment = {**os.environ, "FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "CLICOLOR_FORCE": "1"}
    for arguments in (["put", disk], ["verify", disk.name], ["ls"], ["check"], ["get", disk.name, "-o", "out"]):
        done = subprocess.run([*ORLOP, *arguments], capture_output=True, env=environment, check=True)
        assert b"\x1b" not in done.stdout + done.stderr
        assert done.stderr == b""


def test_a_foreign_locale_is_no_reason_to_fail(configuration: Path) -> None:
    configuration.write_text(configuration.read_text().replace("the quick one", "schnell prüfen 速い"))
    environment = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = subprocess.run([*ORLOP, "stores"], capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_start_up_is_light() -> None:
    code = "import sys; from orlop.cli import main; main(['--version']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = set(done.stdout.split())
    assert "orlop.cli.application" in loaded
    assert not loaded & {"pydantic", "stamina", "rich.progress", "orlop.store", "urllib3"}
