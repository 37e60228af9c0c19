"""Each fault of the pass-through file system, seen by os calls."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servers.folder import mounts_under
from servers.fuse_faults import FuseFaults, Rule

pytestmark = pytest.mark.server


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def fuse(root: Path) -> Iterator[FuseFaults]:
    with FuseFaults(root) as started:
        yield started
    assert not started.path.exists()


def fails_with(number: int, work: Callable[[], object]) -> None:
    with pytest.raises(OSError, match=os.strerror(number)) as caught:
        work()
    assert caught.value.errno == number


def test_passes_calls_through(fuse: FuseFaults, root: Path) -> None:
    data = os.urandom(3_000_000)
    (fuse.path / "folder").mkdir(mode=0o750)
    file = fuse.path / "folder" / "a"
    file.write_bytes(data)
    assert file.read_bytes() == (root / "folder" / "a").read_bytes() == data
    with file.open("ab") as more:
        more.write(b"more")
        os.fsync(more.fileno())
    assert file.stat().st_size == len(data) + 4
    os.truncate(file, 10)
    os.link(file, fuse.path / "b")
    assert file.samefile(fuse.path / "b")
    assert file.stat().st_nlink == 2
    with pytest.raises(FileExistsError):
        os.link(file, fuse.path / "b")
    (fuse.path / "b").rename(fuse.path / "c")
    (fuse.path / "s").symlink_to("c")
    assert (fuse.path / "s").read_bytes() == data[:10]
    os.utime(file, ns=(1, 2_000_000_003))
    assert (root / "folder" / "a").stat().st_mtime_ns == 2_000_000_003
    file.chmod(0o400)
    assert sorted(os.listdir(fuse.path)) == ["c", "folder", "s"]
    descriptor = os.open(fuse.path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    assert fuse.calls()["fsyncdir"] == 1
    assert os.statvfs(fuse.path).f_blocks == os.statvfs(root).f_blocks
    file.unlink()
    (fuse.path / "folder").rmdir()
    with pytest.raises(FileNotFoundError):
        file.stat()


def test_extended_attributes(fuse: FuseFaults, root: Path) -> None:
    file = fuse.path / "a"
    file.touch()
    os.setxattr(file, "user.digest", b"\0abc")
    assert os.getxattr(file, "user.digest") == os.getxattr(root / "a", "user.digest") == b"\0abc"
    assert os.listxattr(file) == ["user.digest"]
    os.removexattr(file, "user.digest")
    fails_with(errno.ENODATA, lambda: os.getxattr(file, "user.digest"))
    with FuseFaults(root, xattrs=False) as without:
        fails_with(errno.EOPNOTSUPP, lambda: os.setxattr(without.path / "a", "user.a", b""))


def test_locks(fuse: FuseFaults) -> None:
    with (fuse.path / "lock").open("w") as one, (fuse.path / "lock").open("w") as two:
        fcntl.flock(one, fcntl.LOCK_EX)
        fails_with(errno.EAGAIN, lambda: fcntl.flock(two, fcntl.LOCK_EX | fcntl.LOCK_NB))


def test_errors_by_operation_and_path(fuse: FuseFaults) -> None:
    (fuse.path / "in").mkdir()
    fuse.set(
        Rule("mkdir", "/in/", errno=errno.EDQUOT),
        Rule("rename", "/in/", errno=errno.ESTALE),
        Rule("fsync", errno=errno.EIO),
    )
    fails_with(errno.EDQUOT, (fuse.path / "in" / "x").mkdir)
    (fuse.path / "out").mkdir()
    (fuse.path / "a").touch()
    fails_with(errno.ESTALE, lambda: (fuse.path / "a").rename(fuse.path / "in" / "a"))
    with (fuse.path / "a").open("wb") as file:
        fails_with(errno.EIO, lambda: os.fsync(file.fileno()))
    fuse.clear()
    (fuse.path / "a").rename(fuse.path / "in" / "a")


def test_full_in_the_middle_and_only_so_often(fuse: FuseFaults) -> None:
    fuse.set(Rule("write", after=10, times=1, errno=errno.ENOSPC))
    with (fuse.path / "a").open("wb", buffering=0) as file:
        piece = bytes(4096)  # whole pages: the kernel makes of each one call
        for _ in range(10):
            file.write(piece)
        fails_with(errno.ENOSPC, lambda: file.write(piece))
        file.write(piece)
    assert (fuse.path / "a").stat().st_size == 11 * 4096


def test_slow(fuse: FuseFaults) -> None:
    with fuse.rules(Rule("mkdir", sleep=0.2)):
        begin = time.monotonic()
        (fuse.path / "a").mkdir()
        assert time.monotonic() - begin >= 0.2


def test_hang_is_released(fuse: FuseFaults) -> None:
    (fuse.path / "in").mkdir()
    fuse.set(Rule("create", "/in/a", hang=True))
    writer = threading.Thread(target=(fuse.path / "in" / "a").write_bytes, args=(b"x",))
    writer.start()
    fuse.wait_for_hang()
    (fuse.path / "b").write_bytes(b"others do not hang")
    assert writer.is_alive()
    fuse.clear()
    writer.join(10)
    assert not writer.is_alive()
    assert fuse.hanging() == 0


def test_hang_is_released_at_the_end(root: Path) -> None:
    with FuseFaults(root) as fuse:
        fuse.set(Rule("write", hang=True))
        child = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import sys; open(sys.argv[1], 'w').write('x')",
                fuse.path / "a",
            ],
            stderr=subprocess.DEVNULL,
        )
        fuse.wait_for_hang()
        path = fuse.path
    child.wait(10)
    assert not mounts_under(path)
    assert not path.exists()


SUITE = """
import pathlib, sys, time
from servers.fuse_faults import FuseFaults, Rule
from servers.filesystems import LoopFilesystem
fuse = FuseFaults(pathlib.Path(sys.argv[1])).start()
disk = LoopFilesystem("ext4", 64 << 20).start()
fuse.set(Rule("mkdir", hang=True))
print(fuse.path, disk.path, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_run_leaves_nothing(root: Path, number: signal.Signals) -> None:
    script = SUITE if number != signal.SIGKILL else SUITE.replace("disk = Loop", "disk = fuse #")
    with subprocess.Popen(
        [sys.executable, "-c", script, str(root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as run:
        assert run.stdout is not None
        paths = [Path(word) for word in run.stdout.readline().split()]
        assert len(paths) == 2
        child = subprocess.Popen(["mkdir", paths[0] / "a"], stderr=subprocess.DEVNULL)
        time.sleep(0.2)
        run.send_signal(number)
    child.wait(10)
    # Of SIGKILL nobody is told; still the pass-through sees the end, releases and unmounts.
    end = time.monotonic() + 10
    while mounts_under(paths[0]) and time.monotonic() < end:
        time.sleep(0.02)
    for path in paths:
        assert not mounts_under(path)
        assert number == signal.SIGKILL or not path.parent.exists()
    if number == signal.SIGKILL:
        subprocess.run(["rm", "-r", "--one-file-system", paths[0].parent], check=True)
