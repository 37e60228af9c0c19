"""Digests kept with the image, where the settings say."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from orlop.capabilities import Capability
from orlop.errors import InvalidSettings, Mismatch, PermissionDenied, StoreFull, Unsupported
from orlop.store import Store

from tests.drivers.file.stores import file_store, names_in

DATA = b"some image" * 1000
SHA256 = {"sha256": hashlib.sha256(DATA).hexdigest()}
BOTH = {**SHA256, "sha512": hashlib.sha512(DATA).hexdigest()}


def no_attributes(monkeypatch: pytest.MonkeyPatch, number: int = errno.ENOTSUP, *, after: int = 0) -> None:
    real = os.setxattr
    done: list[None] = []

    def setxattr(*arguments: Any, **options: Any) -> None:
        done.append(None)
        if len(done) > after:
            raise OSError(number, os.strerror(number))
        real(*arguments, **options)

    monkeypatch.setattr(os, "setxattr", setxattr)


def attributes(path: Path) -> list[str]:
    return sorted(os.listxattr(path))


@pytest.mark.parametrize("digests", ["auto", "xattr"])
def test_in_attributes(folder: Path, digests: str) -> None:
    store = file_store(folder, digests=digests)
    location = store.put("a", DATA, digests=["sha256", "sha512"]).location
    assert store.stat(location).digests == BOTH
    assert attributes(folder / "a") == ["user.orlop.digest.sha256", "user.orlop.digest.sha512"]
    assert names_in(folder) == ["a"]
    assert store.verify(location) == BOTH


def test_in_a_sidecar(folder: Path) -> None:
    store = file_store(folder, digests="sidecar")
    location = store.put("a", DATA, digests=["sha256", "sha512"]).location
    assert store.stat(location).digests == BOTH
    assert attributes(folder / "a") == []
    assert names_in(folder) == [".orlop-digests-a", "a"]
    assert [stat.image_id for stat in store.list()] == ["a"]
    store.verify(location)
    store.delete(location)
    assert names_in(folder) == []


def test_nowhere(folder: Path) -> None:
    store = file_store(folder, digests="none")
    location = store.put("a", DATA).location
    assert Capability.DIGESTS not in store.capabilities
    assert (store.stat(location).digests, attributes(folder / "a"), names_in(folder)) == ({}, [], ["a"])
    with pytest.raises(Unsupported, match="no digest is kept"):
        store.verify(location)


@pytest.mark.parametrize("number", [errno.ENOTSUP, errno.ENOSPC, errno.E2BIG, errno.EPERM])
@pytest.mark.parametrize("after", [0, 1])
def test_auto_takes_what_works(folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, after: int) -> None:
    """Also where there is room for the first attribute only: then none is left that would hide the others."""
    no_attributes(monkeypatch, number, after=after)
    store = file_store(folder)
    location = store.put("a", DATA, digests=["sha256", "sha512"]).location
    assert names_in(folder) == [".orlop-digests-a", "a"]
    assert attributes(folder / "a") == []
    assert store.stat(location).digests == BOTH


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOTSUP, Unsupported), (errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull)]
)
def test_attributes_or_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    no_attributes(monkeypatch, number)
    store = file_store(folder, digests="xattr")
    with pytest.raises(kind):
        store.put("a", DATA)
    assert names_in(folder) == []


def test_check_tells_where_attributes_are_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_attributes(monkeypatch)
    store = file_store(folder, digests="xattr")
    assert any('set digests = "auto"' in finding.message for finding in store.check())
    assert Capability.WRITE_ACCESS in store.capabilities
    with pytest.raises(InvalidSettings, match='set digests = "auto"'):
        store.put("a", DATA)
    assert names_in(folder) == []


@pytest.mark.parametrize("digests", ["xattr", "sidecar"])
@pytest.mark.parametrize("at", [0, 5000, len(DATA) - 1])
def test_a_flipped_bit_is_found(folder: Path, digests: str, at: int) -> None:
    store = file_store(folder, digests=digests)
    location = store.put("a", DATA).location
    with (folder / "a").open("r+b") as file:
        file.seek(at)
        file.write(bytes([DATA[at] ^ 1]))
    with pytest.raises(Mismatch, match="sha256"):
        store.verify(location)
    with pytest.raises(Mismatch), store.open(location, verify=True) as reader:
        reader.read()


@pytest.mark.parametrize("digests", ["none", "auto", "sidecar"])
def test_a_sidecar_of_old_is_not_taken_for_a_new_image_s(folder: Path, digests: str) -> None:
    file_store(folder, digests="sidecar").put("a", b"an older image")
    (folder / "a").unlink()  # by hand
    store = file_store(folder, digests=digests)
    location = store.put("a", DATA, digests=[] if digests == "none" else ["sha256"]).location
    assert store.stat(location).digests == ({} if digests == "none" else SHA256)
    assert (".orlop-digests-a" in names_in(folder)) == (digests == "sidecar")


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b'"x"', b"null"])
def test_a_damaged_sidecar_is_as_good_as_none(folder: Path, content: bytes) -> None:
    store = file_store(folder, digests="sidecar")
    location = store.put("a", DATA).location
    (folder / ".orlop-digests-a").write_bytes(content)
    assert store.stat(location).digests == {}
    assert len(list(store.list())) == 1
    store.delete(location)
    assert names_in(folder) == []


@pytest.mark.parametrize("number", [errno.EPERM, errno.EACCES, errno.EROFS])
def test_an_image_that_cannot_be_deleted_keeps_its_digests(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    store = file_store(folder, digests="sidecar")
    location = store.put("a", DATA).location
    real = os.unlink

    def unlink(path: Any, *arguments: Any, **options: Any) -> None:
        if path == b"a":
            raise OSError(number, os.strerror(number), path)
        real(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", unlink)
        with pytest.raises(PermissionDenied):
            store.delete(location)
    assert names_in(folder) == [".orlop-digests-a", "a"]
    store.verify(location)


def test_digests_go_with_a_copy(store: Store, folder: Path, tmp_path: Path) -> None:
    location = store.put("a", DATA).location
    other = file_store(tmp_path / "other", digests="sidecar")
    receipt = store.copy(location, other, "b")
    assert other.stat(receipt.location).digests == SHA256
