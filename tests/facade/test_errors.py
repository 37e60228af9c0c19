"""orlop's errors become the exceptions from which Glance makes its answers; nothing becomes a quiet end."""

from __future__ import annotations

import errno
import os
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import glance_store
import pytest
from glance_store import backend, exceptions, location
from glance_store._bridge.errors import exception_for
from orlop import errors as orlop_errors
from orlop.drivers.file.blob import FileBlob
from orlop.drivers.file.driver import FileDriver
from orlop.drivers.file.staging import Staged
from orlop.errors import StoreError

from tests.facade.conftest import TWO, Configure

KINDS = [kind for kind in vars(orlop_errors).values() if isinstance(kind, type) and issubclass(kind, StoreError)]
OPERATIONS = ("configure", "add", "get", "get_size", "delete", "set_acls", "read")

LETS_GLANCE_FORGET = {exceptions.NotFound, exceptions.StoreDeleteNotSupported, exceptions.UnsupportedBackend}
"""After these Glance deletes its record of an image; so they must be true."""


@pytest.fixture
def fast(configured: Configure) -> Any:
    glance_store.create_multi_stores(configured(TWO))
    return glance_store.get_store_from_store_identifier("fast")


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_error_becomes_a_documented_exception_with_its_reason(kind: type[StoreError], operation: str) -> None:
    made = exception_for(kind("the cable is out", store="fast"), operation, "fast")
    assert type(made).__name__ in exceptions.__all__
    assert "the cable is out" in str(made)
    assert getattr(made, "msg", str(made)) == str(made)


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_is_forgotten_only_when_it_is_gone(kind: type[StoreError]) -> None:
    made = exception_for(kind("why"), "delete", "fast")
    assert (type(made) in LETS_GLANCE_FORGET) is (kind is orlop_errors.NotFound)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, exceptions.StorageFull),
        (errno.EDQUOT, exceptions.StorageFull),
        (errno.EFBIG, exceptions.StorageFull),
        (errno.EACCES, exceptions.StorageWriteDenied),
        (errno.EROFS, exceptions.StorageWriteDenied),
    ],
)
def test_a_store_that_cannot_take_the_data(
    fast: Any, monkeypatch: pytest.MonkeyPatch, number: int, expected: type[Exception]
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Staged, "write", refuse)
    with pytest.raises(expected):
        fast.add("one", BytesIO(b"data" * 9999), 0, "sha256")
    assert os.listdir(fast.datadir) == []


def test_a_directory_that_went_away_is_not_made_again(fast: Any) -> None:
    Path(fast.datadir).rmdir()
    with pytest.raises(exceptions.TimeoutError, match="there is no directory"):
        fast.add("one", b"data", 0, "sha256")
    with pytest.raises(exceptions.RemoteServiceUnavailable):
        glance_store.get(f"file://{fast.datadir}/one", "fast")
    with pytest.raises(exceptions.TimeoutError):
        glance_store.delete(f"file://{fast.datadir}/one", "fast")


def test_a_delete_that_fails_does_not_look_like_one_that_worked(fast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = glance_store.add(backend.CONF, "one", b"data", 0, "fast")[0]

    def refuse(_: object, location: str, identity: str) -> NoReturn:
        raise OSError(errno.EIO, f"broken disk, {identity}", location)

    with monkeypatch.context() as patched:
        patched.setattr(FileDriver, "delete", refuse)
        with pytest.raises(exceptions.TimeoutError, match="broken disk"):
            glance_store.delete(uri, "fast")
    assert glance_store.get_size_from_uri_and_backend(uri, "fast") == 4


def test_an_image_that_has_become_shorter_is_no_short_image(fast: Any) -> None:
    uri = glance_store.add(backend.CONF, "one", bytes(5 << 20), 0, "fast")[0]
    pieces, size = glance_store.get(uri, "fast")
    os.truncate(uri.removeprefix("file://"), 1 << 20)
    with pytest.raises(exceptions.BackendException, match="were to come"):
        b"".join(pieces)
    assert size == 5 << 20


def test_a_disk_that_fails_in_the_middle(fast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = glance_store.add(backend.CONF, "one", bytes(5 << 20), 0, "fast")[0]

    def refuse(*_: object) -> NoReturn:
        raise OSError(errno.EIO, "broken disk")

    monkeypatch.setattr(FileBlob, "_piece", refuse)
    pieces, _ = glance_store.get(uri, "fast")
    with pytest.raises(exceptions.BackendException, match="broken disk"):
        next(pieces)
    pieces.close()


@pytest.mark.parametrize("image_id", ["../up", "a/b", ".hidden", "a\nb", "x" * 300, ""])
def test_ids_that_could_lead_elsewhere(fast: Any, image_id: str) -> None:
    with pytest.raises(exceptions.Invalid):
        fast.add(image_id, b"data", 0, "sha256")
    assert os.listdir(fast.datadir) == []


def test_pieces_are_closed_at_their_end_and_can_be_closed_before(fast: Any) -> None:
    uri = glance_store.add(backend.CONF, "one", bytes(9), 0, "fast")[0]
    pieces, _ = glance_store.get(uri, "fast")
    with pieces:
        assert pieces.read(4) == bytes(4)
        assert list(pieces) == [bytes(5)]
        assert list(pieces) == []
        assert pieces.read() == b""
    pieces, _ = glance_store.get(uri, "fast")
    pieces.close()
    assert list(pieces) == []


@pytest.mark.parametrize("size", ["3", b"3", "x", [], -1, 2.5, float("nan"), float("inf")])
def test_a_size_that_is_none_is_invalid(fast: Any, size: Any) -> None:
    with pytest.raises(exceptions.Invalid, match="number of bytes"):
        fast.add("one", BytesIO(b"abc"), size, "sha256")
    assert os.listdir(fast.datadir) == []


@pytest.mark.parametrize(
    ("store", "uri"),
    [
        ("web", "http://user@127.0.0.1:9/x"),
        ("web", "http://user:S3kr1t@[::1/x"),
        ("web", "http:///x"),
        ("web", "https://a:b:S3kr1t@:99999/x"),
        ("web", "http://127.0.0.1:9/\nx"),
        ("fast", "file://images/x"),
        ("fast", "file://"),
        ("objects", "swift+http://user:S3kr1t@http://127.0.0.1:9/v3/glance/x"),
        ("objects", "swift+http://127.0.0.1:9"),
        ("objects", "swift+config://u:S3kr1t@ref/glance/x"),
        ("volumes", "rbd://fsid/pool/x"),
        ("volumes", "rbd://fsid//x/snap"),
        ("bucket", "s3://key:S3kr1t@127.0.0.1:9/bucket"),
        ("bucket", "s3://127.0.0.1:9//x"),
        ("bucket", "s3://127.0.0.1:9/bucket/x?versionId=1"),
    ],
)
def test_a_malformed_location_is_found_where_it_is_parsed(configured: Configure, store: str, uri: str) -> None:
    text = "[DEFAULT]\nenabled_backends = web:http, fast:file, objects:swift, volumes:rbd, bucket:s3\n"
    conf = configured(text + "[fast]\nfilesystem_store_datadir = {here}/fast\n")
    glance_store.create_multi_stores(conf)
    calls = (
        lambda: location.get_location_from_uri_and_backend(uri, store, conf=conf),
        lambda: glance_store.get(uri, store),
        lambda: glance_store.get(uri, None),
        lambda: glance_store.delete(uri, None),
    )
    for call in calls:
        with pytest.raises(exceptions.BadStoreUri) as caught:
            call()
        assert "S3kr1t" not in str(caught.value)


def test_a_store_that_fails_while_all_are_asked_does_not_hide_an_image(
    configured: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    glance_store.create_multi_stores(configured(TWO))
    uri = glance_store.add(backend.CONF, "one", b"data", 0, "slow")[0]
    first = glance_store.get_store_from_store_identifier("fast")

    def broken(*_: Any, **__: Any) -> NoReturn:
        raise exceptions.BackendException("its disk is broken")

    monkeypatch.setattr(first, "get", broken)
    assert b"".join(glance_store.get(uri, None)[0]) == b"data"


def test_metadata_that_glance_cannot_keep_become_texts(fast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"mount": Path("/x"), "number": 1, "list": (1, "a"), "table": {"deep": 1.5, 2: None}}
    monkeypatch.setattr(FileDriver, "metadata", lambda *_: told)
    *_, metadata = fast.add("one", b"data", 0, "sha256")
    backend.check_location_metadata(metadata)
    assert metadata["table"] == {"deep": "1.5", "2": "None"}
