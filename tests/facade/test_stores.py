"""Several stores by identifier: what Glance does with them, and what must not come in each other's way."""

from __future__ import annotations

import hashlib
import logging
from io import BytesIO
from pathlib import Path

import glance_store
import pytest
from glance_store import backend, exceptions, location

from tests.facade.conftest import RESERVED, TWO, Configure

DATA = bytes(range(256)) * 40


@pytest.fixture
def two(configured: Configure, tmp_path: Path) -> Path:
    conf = configured(TWO)
    glance_store.create_multi_stores(conf)
    glance_store.verify_store()
    return tmp_path


def put(image_id: str, store: str | None, data: bytes = DATA) -> str:
    added = glance_store.add_with_multihash(backend.CONF, image_id, BytesIO(data), len(data), store, "sha512")
    return str(added[0])


def test_an_image_goes_in_and_comes_out(two: Path) -> None:
    added = glance_store.add_with_multihash(backend.CONF, "one", BytesIO(DATA), len(DATA), "slow", "sha512")
    assert added == (
        f"file://{two}/slow/one",
        len(DATA),
        hashlib.md5(DATA).hexdigest(),
        hashlib.sha512(DATA).hexdigest(),
        {"store": "slow"},
    )
    pieces, size = glance_store.get(added[0], "slow")
    assert (b"".join(pieces), size) == (DATA, len(DATA))
    assert glance_store.get_size_from_uri_and_backend(added[0], "slow") == len(DATA)
    glance_store.delete(added[0], "slow")
    with pytest.raises(glance_store.NotFound):
        glance_store.get(added[0], "slow")
    assert list((two / "slow").iterdir()) == []


def test_without_a_store_the_default_one_is_taken(two: Path) -> None:
    assert put("one", None) == f"file://{two}/fast/one"
    added = glance_store.add(backend.CONF, "two", BytesIO(DATA), 0, "")
    assert added == (f"file://{two}/fast/two", len(DATA), hashlib.md5(DATA).hexdigest(), {"store": "fast"})


@pytest.mark.parametrize("size", [0, None])
def test_zero_and_none_mean_that_nobody_knows_the_size(two: Path, size: int | None) -> None:
    pieces = iter([DATA[:7], b"", DATA[7:]])
    added = glance_store.add_with_multihash(backend.CONF, "one", pieces, size, "fast", "sha256")  # type: ignore[arg-type]
    assert added[1] == len(DATA)


@pytest.mark.parametrize("size", [len(DATA) - 1, len(DATA) + 1])
def test_another_size_than_announced_stores_nothing(two: Path, size: int) -> None:
    with pytest.raises(glance_store.Invalid) as caught:
        glance_store.add_with_multihash(backend.CONF, "one", BytesIO(DATA), size, "fast", "sha256")
    assert caught.value.msg
    assert list((two / "fast").iterdir()) == []


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [
        (0, None, DATA),
        (10, None, DATA[10:]),
        (0, 20, DATA[:20]),
        (90, 50, DATA[90:140]),
        (len(DATA) - 5, 50, DATA[-5:]),
        (len(DATA), None, b""),
        (len(DATA) + 9, 10, b""),
    ],
)
def test_a_range_has_the_size_of_what_comes(two: Path, offset: int, length: int | None, expected: bytes) -> None:
    pieces, size = glance_store.get(put("one", "fast"), "fast", offset=offset, chunk_size=length)
    assert (b"".join(pieces), size) == (expected, len(expected))


def test_positional_ranges_are_ranges_too(two: Path) -> None:
    place = location.get_location_from_uri_and_backend(put("one", "fast"), "fast")
    pieces, size = glance_store.get_store_from_store_identifier("fast").get(place, 3, 4)
    assert (b"".join(pieces), size) == (DATA[3:7], 4)


@pytest.mark.parametrize(("offset", "length"), [(-1, None), (0, -1), (-5, 3)])
def test_what_is_no_range_is_refused(two: Path, offset: int, length: int | None) -> None:
    with pytest.raises(exceptions.StoreRandomGetNotSupported, match=str(offset)):
        glance_store.get(put("one", "fast"), "fast", offset=offset, chunk_size=length)


def test_an_image_is_never_overwritten(two: Path) -> None:
    uri = put("one", "fast")
    with pytest.raises(glance_store.Duplicate):
        put("one", "fast", b"other")
    pieces, _ = glance_store.get(uri, "fast")
    assert b"".join(pieces) == DATA


def test_without_a_store_every_one_that_serves_the_scheme_is_asked(two: Path) -> None:
    uri = put("one", "slow")
    pieces, size = glance_store.get(uri, None)
    assert (b"".join(pieces), size) == (DATA, len(DATA))
    assert glance_store.get_size_from_uri_and_backend(uri, None) == len(DATA)
    glance_store.delete(uri, None)
    with pytest.raises(glance_store.NotFound):
        glance_store.delete(uri, None)
    with pytest.raises(glance_store.NotFound, match="any configured backend"):
        glance_store.get("nothing://a/b", None)


def test_a_location_outside_of_the_store_is_not_found_and_not_deleted(two: Path) -> None:
    (two / "secret").write_bytes(b"password")
    with pytest.raises(glance_store.NotFound):
        glance_store.get(f"file://{two}/secret", "fast")
    with pytest.raises(glance_store.Forbidden):
        glance_store.delete(f"file://{two}/secret", "fast")
    with pytest.raises(glance_store.BadStoreUri):
        glance_store.get_size_from_uri_and_backend(f"file://{two}/secret", "fast")
    assert (two / "secret").read_bytes() == b"password"


def test_old_schemes_are_read(two: Path) -> None:
    uri = put("one", "fast")
    pieces, _ = glance_store.get(uri.replace("file://", "filesystem://"), "fast")
    assert b"".join(pieces) == DATA


def test_what_glance_shows_of_a_store(two: Path) -> None:
    fast = glance_store.get_store_from_store_identifier("fast")
    assert (fast.datadir, fast.chunk_size, fast.thin_provisioning) == (f"{two}/fast", 65536, False)
    assert put("one", "fast").startswith(fast.url_prefix)
    assert not put("one", "slow").startswith(fast.url_prefix)
    assert glance_store.get_store_weight("slow") == 7
    assert backend.CONF.fast.store_description == "quick disks"
    assert set(glance_store.get_known_schemes_for_multi_store()) == {"file", "filesystem", "http", "https"}
    assert location.SCHEME_TO_CLS_BACKEND_MAP["file"]["fast"]["store"] is fast


def test_unknown_stores(two: Path) -> None:
    for call in (glance_store.get_store_from_store_identifier, glance_store.get_store_weight):
        with pytest.raises(glance_store.UnknownScheme):
            call("none")
    with pytest.raises(glance_store.UnknownScheme):
        put("one", "none")
    with pytest.raises(glance_store.UnknownScheme):
        glance_store.get("file:///x", "web")


def test_the_web_is_read_only(two: Path) -> None:
    with pytest.raises(glance_store.StoreAddDisabled):
        put("one", "web")
    with pytest.raises(glance_store.StoreDeleteNotSupported):
        glance_store.delete("http://127.0.0.1:9/x", "web")
    with pytest.raises(glance_store.RemoteServiceUnavailable):
        glance_store.get("http://127.0.0.1:9/x", "web")
    glance_store.set_acls_for_multi_store("http://127.0.0.1:9/x", "web", public=True)


def test_digests_that_there_are_not(two: Path) -> None:
    store = glance_store.get_store_from_store_identifier("fast")
    for name in ("sha-nothing", "shake_128", "SHA512"):
        with pytest.raises(glance_store.UnknownHashingAlgo):
            store.add("one", BytesIO(DATA), 0, name)
    assert store.add("one", BytesIO(DATA), 0, "md5")[2:4] == (hashlib.md5(DATA).hexdigest(),) * 2


def test_a_source_that_breaks_is_heard_as_it_is(two: Path) -> None:
    def broken() -> object:
        yield DATA
        raise PermissionError(13, "the source, not the store")

    with pytest.raises(PermissionError, match="the source"):
        glance_store.add(backend.CONF, "one", broken(), 0, "fast")
    assert list((two / "fast").iterdir()) == []


def test_a_verifier_sees_every_byte_and_judges_later(two: Path) -> None:
    seen = bytearray()

    class Once:
        def update(self, data: bytes) -> None:
            seen.extend(data)

        def verify(self) -> None:
            raise AssertionError("Glance asks for the judgement itself, once")

    glance_store.add(backend.CONF, "one", iter([DATA[:100], DATA[100:]]), 0, "fast", verifier=Once())
    assert bytes(seen) == DATA


def test_reserved_stores_are_not_in_the_callers_dictionary(configured: Configure, tmp_path: Path) -> None:
    text = TWO + "[os_glance_staging_store]\nfilesystem_store_datadir = {here}/staging\n"
    text += "[os_glance_tasks_store]\nfilesystem_store_datadir = {here}/tasks\n"
    conf = configured(text, reserved=RESERVED)
    assert glance_store.create_multi_stores(conf, reserved_stores=RESERVED) == 5
    assert set(conf.enabled_backends) == {"fast", "slow", "web"}
    staging = glance_store.get_store_from_store_identifier("os_glance_staging_store")
    uri, size, checksum, metadata = staging.add("one", BytesIO(DATA), len(DATA))
    assert (uri, size) == (f"file://{tmp_path}/staging/one", len(DATA))
    assert (checksum, metadata) == (hashlib.md5(DATA).hexdigest(), {"store": "os_glance_staging_store"})
    glance_store.delete(uri, "os_glance_staging_store")


def test_the_staging_store_of_a_single_store_service(configured: Configure, tmp_path: Path) -> None:
    conf = configured("", shared=False)
    conf.set_override("filesystem_store_datadir", f"{tmp_path}/staging", group="glance_store")
    store = backend._load_store(conf, "file")
    store.configure()
    assert store.add("one", BytesIO(DATA), 0)[:2] == (f"file://{tmp_path}/staging/one", len(DATA))
    assert backend._load_store(conf, "nothing") is None


def test_a_single_store_service_reads_and_deletes_what_it_has_staged(configured: Configure, tmp_path: Path) -> None:
    glance_store.create_stores(configured("[glance_store]\nfilesystem_store_datadir = {here}/images\n"))
    own = configured("", shared=False)
    own.set_override("filesystem_store_datadir", f"{tmp_path}/staging area", group="glance_store")
    store = backend._load_store(own, "file")
    store.configure()
    uri = store.add("one", BytesIO(DATA), 0)[0]
    pieces, size = glance_store.get_from_backend(uri)
    assert (b"".join(pieces), size) == (DATA, glance_store.get_size_from_backend(uri))
    glance_store.delete_from_backend(uri)
    assert not list((tmp_path / "staging area").iterdir())
    (tmp_path / "elsewhere").write_bytes(b"not ours")
    with pytest.raises(glance_store.Forbidden):
        glance_store.delete_from_backend(f"file://{tmp_path}/elsewhere")


def test_two_configurations_live_in_one_process(configured: Configure, tmp_path: Path) -> None:
    one = configured(TWO)
    other = configured(TWO.replace("{here}", "{here}/other"), shared=False)
    glance_store.create_multi_stores(one)
    glance_store.create_multi_stores(other)
    for conf, folder in ((one, tmp_path), (other, tmp_path / "other")):
        added = glance_store.add(conf, "one", BytesIO(DATA), 0, "fast")
        assert added[0] == f"file://{folder}/fast/one"
    glance_store.delete(f"file://{tmp_path}/fast/one", "fast")
    assert (tmp_path / "other" / "fast" / "one").exists()


BROKEN = """
[DEFAULT]
enabled_backends = fast:file, bad:file, later:cinder, never:no_conf, gone:nothing
[glance_store]
default_backend = fast
[fast]
filesystem_store_datadir = {here}/fast
[bad]
filesystem_store_file_perm = 888
[later]
cinder_store_password = secret-of-cinder
"""


def test_an_identifier_may_become_a_store_of_another_kind(two: Path) -> None:
    put("one", "slow")
    conf = backend.CONF
    conf.set_override("enabled_backends", {"fast": "file", "slow": "http"})
    glance_store.register_store_opts(conf)
    glance_store.create_multi_stores(conf)
    assert glance_store.get_store_from_store_identifier("slow").get_schemes() == ("http", "https")
    with pytest.raises(exceptions.UnknownScheme):
        glance_store.get(f"file://{two}/slow/one", "slow")
    assert put("two", "fast") == f"file://{two}/fast/two"


def test_broken_stores_do_not_hurt_the_others_and_stay_visible(
    configured: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    conf = configured(BROKEN)
    with caplog.at_level(logging.WARNING):
        glance_store.create_multi_stores(conf)
    glance_store.verify_store()
    put("one", "fast")
    for name, reason in (
        ("bad", "[bad] filesystem_store_file_perm"),
        ("later", "not built yet"),
        ("never", "no locations"),
        ("gone", "no driver 'nothing'"),
    ):
        store = glance_store.get_store_from_store_identifier(name)
        assert any(name in line and reason in line for line in caplog.messages), name
        with pytest.raises(exceptions.StoreAddDisabled):
            store.add("one", BytesIO(DATA), 0, "sha256")
    assert "secret-of-cinder" not in caplog.text
    with pytest.raises(exceptions.RemoteServiceUnavailable, match="not built yet"):
        glance_store.get("cinder://one", "later")
    with pytest.raises(exceptions.TimeoutError, match="not built yet"):
        glance_store.delete("cinder://one", "later")


def test_a_default_store_that_cannot_be_used_is_told_at_the_start(configured: Configure) -> None:
    glance_store.create_multi_stores(configured(BROKEN.replace("default_backend = fast", "default_backend = gone")))
    with pytest.raises(RuntimeError, match="no driver 'nothing'"):
        glance_store.verify_store()


def test_a_configuration_error_is_the_documented_one(configured: Configure) -> None:
    conf = configured(BROKEN)
    glance_store.create_multi_stores(conf)
    for name in ("bad", "later"):
        with pytest.raises(exceptions.BadStoreConfiguration) as caught:
            glance_store.get_store_from_store_identifier(name).configure(re_raise_bsc=True)
        assert name in caught.value.msg
