"""Permissions: set before anyone can see the image, and never wider on the way."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from orlop.errors import PermissionDenied

from tests.drivers.file.stores import REPOSITORY, file_store, names_in, pieces, staged_in


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that everyone can reach; pytest's own are for their owner alone."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def umask() -> Iterator[None]:
    old = os.umask(0o027)
    yield
    os.umask(old)


@pytest.mark.parametrize("mode", ["0600", "0640", "644", "0444", "0400", "0666"])
@pytest.mark.parametrize("digests", ["auto", "sidecar"])
def test_there_is_no_window(folder: Path, umask: None, mode: str, digests: str) -> None:
    seen: list[int] = []

    def watch() -> Iterator[bytes]:
        for piece in pieces(3, 65536):
            yield piece
            seen.extend(mode_of(path) for path in staged_in(folder))

    file_store(folder, mode=mode, block_size=65536, digests=digests).put("a", watch())
    assert set(seen) == {0o600}
    assert mode_of(folder / "a") == int(mode, 8)
    if digests == "sidecar":
        assert mode_of(folder / ".orlop-digests-a") == int(mode, 8)


def test_unset_leaves_it_to_the_umask(folder: Path, umask: None) -> None:
    file_store(folder, digests="sidecar").put("a", b"x")
    assert mode_of(folder / "a") == 0o640
    assert mode_of(folder / ".orlop-digests-a") == 0o640


@pytest.mark.parametrize(("mode", "wanted"), [("0600", 0o700), ("0640", 0o710), ("0644", 0o711), ("0604", 0o701)])
def test_who_may_read_the_image_may_reach_it(folder: Path, mode: str, wanted: int) -> None:
    folder.chmod(0o700)
    file_store(folder, mode=mode).put("a", b"x")
    assert mode_of(folder) == wanted


def test_special_bits_of_the_directory_stay(folder: Path) -> None:
    folder.chmod(0o2750)
    file_store(folder, mode="0644").put("a", b"x")
    assert mode_of(folder) == 0o2751


def test_an_owner_who_may_not_write_the_file_keeps_digests_with_it(reachable: Path) -> None:
    """Root may do anything, so this is done by someone else."""
    folder = reachable / "theirs"
    folder.mkdir()
    folder.chmod(0o777)
    done = as_nobody(
        "from tests.drivers.file.stores import file_store\n"
        f"store = file_store({str(folder)!r}, mode='0440', digests='xattr')\n"
        "print(store.stat(store.put('a', b'x').location).digests)\n"
    )
    assert "sha256" in done
    assert names_in(folder) == ["a"]
    assert mode_of(folder / "a") == 0o440


def as_nobody(program: str) -> str:
    """What a program prints that runs as the user nobody (after its imports: the sources may be root's alone)."""
    if os.geteuid() != 0:
        pytest.skip("only root can become someone else")
    before = "import os, orlop, orlop.drivers.file.driver, orlop.stores, tests.drivers.file.stores, encodings.idna\n"
    become = "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    done = subprocess.run(
        [sys.executable, "-c", before + become + program], capture_output=True, text=True, cwd=REPOSITORY, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_directory_of_someone_else(reachable: Path) -> None:
    folder = reachable / "roots"
    folder.mkdir()
    folder.chmod(0o733)
    folder.chmod(0o730)
    os.chown(folder, 0, 65534)
    folder.chmod(0o770)
    said = as_nobody(
        "from tests.drivers.file.stores import file_store\n"
        f"store = file_store({str(folder)!r}, mode='0644')\n"
        "try: store.put('a', b'x')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
        "print([finding.message for finding in store.check()])\n"
    )
    assert said.startswith(PermissionDenied.__name__)
    assert f"run 'chmod o+x {folder}'" in said
    assert "cannot reach them" in said
    assert names_in(folder) == []


def test_an_unreadable_image_does_not_spoil_the_listing(reachable: Path) -> None:
    folder = reachable / "mixed"
    folder.mkdir()
    folder.chmod(0o755)
    file_store(folder, mode="0644").put("open", b"x")
    file_store(folder, mode="0600").put("shut", b"x")
    said = as_nobody(
        "from tests.drivers.file.stores import file_store\n"
        f"store = file_store({str(folder)!r})\n"
        "print([(stat.image_id, len(stat.digests)) for stat in store.list()])\n"
        "try: store.open(store.locate('shut'))\n"
        "except Exception as error: print(type(error).__name__)\n"
    )
    assert said.splitlines() == ["[('open', 1), ('shut', 0)]", "PermissionDenied"]
