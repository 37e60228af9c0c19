"""Where an image lands: whole or not at all, never in place of what came first, and nothing is left of the killed."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from orlop.cli import landing as module
from orlop.cli.failures import Failure
from orlop.cli.landing import Device, NewFile, Stdout, abandoned, landing

from tests.cli.conftest import Cli


def landed(
    path: Path, data: bytes = b"image", *, force: bool = False, before_the_end: Callable[[], object] = int
) -> None:
    new = NewFile(str(path), force=force)
    try:
        new.take(data)
        before_the_end()
        new.finish()
    finally:
        new.leave()


@pytest.fixture(params=["nameless", "named", "no links", "neither links nor renames"])
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the file system can: files without a name, hard links, renames that replace nothing."""
    how: str = request.param
    if how != "nameless":
        monkeypatch.setattr(module, "_NAMELESS_UNKNOWN", module._NAMELESS_UNKNOWN | {errno.EXDEV})
        refuse(monkeypatch, "open", errno.EXDEV, lambda _, flags, *__: flags & os.O_TMPFILE == os.O_TMPFILE)
    if how in {"no links", "neither links nor renames"}:
        refuse(monkeypatch, "link", errno.EPERM, lambda *_: True)
    if how == "neither links nor renames":
        monkeypatch.setattr("orlop.support.publish.ctypes.CDLL", lambda *_, **__: object())
    return how


def refuse(monkeypatch: pytest.MonkeyPatch, call: str, number: int, when: Callable[..., bool]) -> None:
    real = getattr(os, call)

    def refusing(*arguments: Any, **options: Any) -> Any:
        if when(*arguments):
            raise OSError(number, os.strerror(number))
        return real(*arguments, **options)

    monkeypatch.setattr(os, call, refusing)


def test_a_file_appears_whole(how: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    landed(out, before_the_end=lambda: not out.exists() or pytest.fail("seen too early"))
    assert out.read_bytes() == b"image"
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("appears", ["file", "folder", "link", "dangling link", "fifo"])
def test_what_appears_meanwhile_stays(how: str, tmp_path: Path, appears: str) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    other.write_bytes(b"precious")
    make: dict[str, Callable[[], object]] = {
        "file": lambda: out.write_bytes(b"precious"),
        "folder": out.mkdir,
        "link": lambda: out.symlink_to(other),
        "dangling link": lambda: out.symlink_to("nothing"),
        "fifo": lambda: os.mkfifo(out),
    }
    with pytest.raises(Failure, match="is there already; --force"):
        landed(out, before_the_end=make[appears])
    assert sorted(os.listdir(tmp_path)) == ["other", "out"]
    assert other.read_bytes() == b"precious"
    if appears == "file":
        assert out.read_bytes() == b"precious"


def test_force_replaces_what_appears_meanwhile(how: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    landed(out, force=True, before_the_end=lambda: out.write_bytes(b"other"))
    assert out.read_bytes() == b"image"
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("force", [False, True])
def test_a_link_to_nothing_is_not_followed(tmp_path: Path, force: bool) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(Failure, match="link to nothing" if force else "there already"):
        landing(str(tmp_path / "link"), "name", force=force)
    assert os.listdir(tmp_path) == ["link"]


@pytest.mark.parametrize("force", [False, True])
def test_file_and_folder_reach_the_disk_in_order(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, force: bool
) -> None:
    seen: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        seen.append(f"{kind} {(tmp_path / 'out').exists()}")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    landed(tmp_path / "out", force=force)
    assert seen == ["file False", "folder True"]


def test_a_folder_that_may_not_be_read_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(
        monkeypatch, "open", errno.EACCES, lambda _, flags, *__: flags == os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    )
    landed(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"image"


@pytest.mark.parametrize("call", ["ftruncate", "fsync", "link", "pwrite"])
def test_what_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    refuse(monkeypatch, call, errno.ENOSPC, lambda *_: True)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(Failure, match=r"out: No space left"):
        landed(tmp_path / "out")
    assert os.listdir(tmp_path) == []
    assert len(os.listdir("/proc/self/fd")) == before


def test_of_a_killed_process_nothing_is_left(tmp_path: Path) -> None:
    """Of a file without a name there is nothing; a hidden one is found, but not while its writer lives."""
    assert killed(tmp_path, "") == []
    (left,) = killed(tmp_path, "module._NAMELESS_UNKNOWN |= {17}; os.O_TMPFILE = os.O_CREAT | os.O_EXCL;")
    assert (tmp_path / left).read_bytes() == b"half"
    living = NewFile(str(tmp_path / "living"), force=False)
    try:
        assert abandoned(living) == [str(tmp_path / left)]
    finally:
        living.leave()


def killed(folder: Path, before: str) -> list[str]:
    program = (
        "import os, signal, sys\nfrom orlop.cli import landing as module\n"
        f"{before}\n"
        "new = module.NewFile(sys.argv[1], force=False)\nnew.take(b'half')\n"
        "assert module.abandoned(new) == []\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(folder / "out")], check=False)
    assert done.returncode == -signal.SIGKILL
    return os.listdir(folder)


def test_get_tells_what_a_killed_one_has_left(cli: Cli, disk: Path, tmp_path: Path) -> None:
    cli("put", disk, "--id", "one")
    (tmp_path / ".orlop-0123.part").write_bytes(b"half")
    outcome = cli("get", "one", "-o", tmp_path / "out")
    assert outcome.code == 0
    assert f"{tmp_path}/.orlop-0123.part is left of an 'orlop get' that was killed" in outcome.err
    assert (tmp_path / ".orlop-0123.part").exists()


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "-"])
def test_names_of_standard_output(cli: Cli, disk: Path, tmp_path: Path, name: str) -> None:
    """Also where it is a file: that is there already, and what it holds stays."""
    assert isinstance(landing(name, "x", force=False), Stdout)
    cli("put", disk, "--id", "one")
    outcome = cli("get", "one", "-o", name)
    assert (outcome.code, outcome.out) == (0, disk.read_bytes())


def test_a_descriptor_of_the_shell_is_written_where_it_stands(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as file:
        file.write(b"before ")
        file.flush()
        device = landing(f"/dev/fd/{file.fileno()}", "x", force=False)
        assert isinstance(device, Device)
        device.take(b"image")
        device.finish()
        device.leave()
    assert (tmp_path / "out").read_bytes() == b"before image"


def test_a_descriptor_that_is_not_open_is_told() -> None:
    with pytest.raises(Failure, match=r"/dev/fd/987654: Bad file descriptor"):
        landing("/dev/fd/987654", "x", force=False)


@pytest.mark.parametrize("name", ["", ".", "..", "a\0b", "\ud800"])
def test_a_name_that_no_file_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(Failure, match="cannot be a file's"):
        landing(str(tmp_path), name, force=False)


def test_an_output_that_no_file_can_be(tmp_path: Path) -> None:
    for path in (f"{tmp_path}/a\0b/c", f"{tmp_path}/{'x' * 300}", f"{tmp_path}/no/folder"):
        with pytest.raises(Failure):
            landed(Path(path))
    assert os.listdir(tmp_path) == []
