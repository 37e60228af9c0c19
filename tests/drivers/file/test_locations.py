"""Which locations are this store's, and which are refused."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from orlop.errors import AlreadyExists, InvalidLocation, NotFound
from orlop.store import Store

from tests.drivers.file.stores import file_store, names_in

ODD = ["plain", "a b", "50%", "a%20b", "#1", "what?", "a#b?c=d", "Ünï", "'quoted\"", "a;b&c", "[1]", "-rf"]


@pytest.mark.parametrize("image_id", ODD)
def test_any_id_round_trips(store: Store, folder: Path, image_id: str) -> None:
    location = store.put(image_id, image_id.encode()).location
    assert location.startswith("file:///")
    assert location.isascii()
    assert names_in(folder) == [image_id]
    assert store.locate(image_id) == location
    assert [stat.location for stat in store.list()] == [location]
    with store.open(location) as reader:
        assert reader.read() == image_id.encode()
    store.delete(location)
    assert names_in(folder) == []


def test_ids_that_escape_into_each_other_stay_apart(store: Store, folder: Path) -> None:
    blank = store.put("a b", b"blank").location
    literal = store.put("a%20b", b"literal").location
    assert blank != literal
    store.delete(blank)
    with pytest.raises(NotFound):
        store.delete(blank)
    assert names_in(folder) == ["a%20b"]


@pytest.mark.parametrize("image_id", ["a b", "#1", "a?b", "50%", "Ünï", "a&b"])
@pytest.mark.parametrize("form", ["file://{}", "filesystem://{}", "file://localhost{}", "FILE://{}"])
def test_old_locations_that_were_never_escaped(store: Store, folder: Path, image_id: str, form: str) -> None:
    (folder / image_id).write_bytes(b"old")
    location = form.format(folder / image_id)
    assert store.stat(location).size == 3
    with store.open(location) as reader:
        assert reader.read() == b"old"
    store.delete(location)
    assert names_in(folder) == []


@pytest.mark.parametrize("spelling", ["{}//", "{}/./", "{}///./", "/{}/", "/.{}/", "{}/"])
@pytest.mark.parametrize("image_id", ["image", "a b", "50%"])
def test_old_locations_with_the_directory_as_it_was_configured(
    store: Store, folder: Path, spelling: str, image_id: str
) -> None:
    """`filesystem_store_datadir = /srv//images/` is in every location that glance_store 5.7 wrote."""
    (folder / image_id).write_bytes(b"old")
    location = f"file://{spelling.format(folder)}{image_id}"
    assert store.stat(location).location == store.locate(image_id)
    with store.open(location) as reader:
        assert reader.read() == b"old"
    store.delete(location)
    assert names_in(folder) == []


@pytest.mark.parametrize(
    "form",
    [
        "file://{}%2Fimage",
        "file://{}/%2e/image",
        "file://{}//%69mage",
        "file://{}/./%69mage",
        "file://%2F{}/image",
        "file:///{}/%69mage",
        "file:////{}/%69mage",
        "file:{}/image",
        "file:/{}%2fimage",
        "file://{}/image\n",
        "file://{}/image%0A",
        "file://{}/image%00",
        "file://{}/image ",
        "file://{}/image%20",
        "file://{}/image/",
        "file://{}/image/.",
        "file://{}/image//",
        "file://{}/image?",
        "file://{}/image#",
    ],
)
def test_a_form_that_nobody_writes_means_no_image(store: Store, folder: Path, form: str) -> None:
    store.put("image", b"x")
    for call in (store.open, store.stat, store.delete):
        with pytest.raises((InvalidLocation, NotFound)):
            call(form.format(folder))
    assert names_in(folder) == ["image"]


def test_a_directory_with_a_percent_sign(tmp_path: Path) -> None:
    store = file_store(tmp_path / "50%20off")
    location = store.put("a", b"x").location
    assert "50%2520off" in location
    assert store.stat(location).size == 1
    assert store.stat(f"file://{tmp_path}/50%20off/a").size == 1


@pytest.mark.parametrize("name", ["a%00b", "a%0ab", "a%ff", "%2e%2e", "%2e"])
def test_an_escape_that_can_mean_no_id_is_taken_as_it_stands(store: Store, folder: Path, name: str) -> None:
    with pytest.raises(NotFound):
        store.stat(f"file://{folder}/{name}")
    (folder / name).write_bytes(b"old")
    assert store.stat(f"file://{folder}/{name}").size == 3


CALLS: list[Callable[[Store, str], object]] = [
    lambda store, location: store.open(location),
    lambda store, location: store.stat(location),
    lambda store, location: store.delete(location),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "form",
    [
        "file:///etc/passwd",
        "file://{folder}/../secret",
        "file://{folder}/x/../../secret",
        "file://{folder}/%2e%2e/secret",
        "file://{folder}%2f..%2fsecret",
        "file://{folder}/..",
        "file://{folder}/.",
        "file://{folder}/",
        "file://{folder}",
        "file://{folder}/sub/image",
        "file://{folder}/sub/../image",
        "file://{folder}\ud800/image",
        "file://{folder}/image\ud800",
        "file://{folder}%00/image",
        "file://{folder}/../images/image",
        "file://{folder}/.hidden",
        "file://{folder}/.orlop-upload-0123456789abcdef-a",
        "file://elsewhere{folder}/image",
        "file://image",
        "file:image",
        "file:",
        "http://{folder}/image",
        "{folder}/image",
    ],
)
def test_what_lies_outside_is_refused(
    store: Store, folder: Path, form: str, call: Callable[[Store, str], object]
) -> None:
    (folder.parent / "secret").write_bytes(b"secret")
    (folder / "sub").mkdir()
    for name in ("image", ".hidden", "sub/image", ".orlop-upload-0123456789abcdef-a"):
        (folder / name).write_bytes(b"x")
    with pytest.raises(InvalidLocation) as caught:
        call(store, form.format(folder=folder))
    assert caught.value.store == "disk"
    assert (folder / "image").exists()
    assert (folder.parent / "secret").exists()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", ["link out", "link in", "dangling", "fifo", "folder", "socket"])
def test_only_regular_files_are_images(
    store: Store, folder: Path, kind: str, call: Callable[[Store, str], object]
) -> None:
    (folder.parent / "secret").write_bytes(b"secret")
    (folder / "image").write_bytes(b"x")
    odd = folder / "odd"
    if kind == "fifo":
        os.mkfifo(odd)
    elif kind == "folder":
        odd.mkdir()
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(odd))
    else:
        odd.symlink_to({"link out": "../secret", "link in": "image", "dangling": "nothing"}[kind])
    with pytest.raises(InvalidLocation, match="regular file"):
        call(store, f"file://{odd}")
    assert [stat.image_id for stat in store.list()] == ["image"]
    with pytest.raises(AlreadyExists):
        store.put("odd", b"x")
    assert names_in(folder) == ["image", "odd"]


def test_a_directory_reached_by_a_link_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    by_link, by_name = file_store(tmp_path / "link"), file_store(tmp_path / "real")
    location = by_link.put("a", b"x").location
    assert by_name.stat(location).location == f"file://{tmp_path}/real/a"
    by_name.delete(location)
    with pytest.raises(NotFound):
        by_link.stat(location)


@pytest.mark.parametrize(
    "image_id", ["", ".", "..", ".a", "../x", "a/b", "/etc/passwd", "a\\b", "a\0b", "a\nb", "é" * 101]
)
def test_ids_that_would_leave_the_directory(store: Store, folder: Path, image_id: str) -> None:
    for call in (lambda: store.put(image_id, b"x"), lambda: store.locate(image_id)):
        with pytest.raises(InvalidLocation):
            call()
    assert names_in(folder) == []


def test_the_longest_id_fits(store: Store, folder: Path) -> None:
    image_id = "é" * 100
    sidecars = file_store(folder, digests="sidecar")
    sidecars.delete(sidecars.put(image_id, b"x").location)
    assert store.stat(store.put(image_id, b"x").location).image_id == image_id


STRANGE = {b"a\nb": "a%0Ab", b"a\\b": "a%5Cb", b"\xe9": "%E9"}
"""Names that can be no ids, as another program or an earlier version under another locale has left them."""


def test_names_that_are_no_ids_are_listed_by_location_and_can_be_used(store: Store, folder: Path) -> None:
    for name in (*STRANGE, b".hidden"):
        (Path(os.fsdecode(os.path.join(os.fsencode(folder), name)))).write_bytes(name)
    store.put("image", b"x")
    listed = {stat.location: stat.image_id for stat in store.list()}
    assert listed == {f"file://{folder}/{shown}": None for shown in STRANGE.values()} | {
        f"file://{folder}/image": "image"
    }
    assert any("3 files have names that can be no image ids" in finding.message for finding in store.check())
    for name, shown in STRANGE.items():
        with store.open(f"file://{folder}/{shown}") as reader:
            assert reader.read() == name
        store.delete(f"file://{folder}/{shown}")
    assert names_in(folder) == [".hidden", "image"]


def test_a_literal_name_is_meant_before_one_that_is_no_id(store: Store, folder: Path) -> None:
    (folder / "a%0Ab").write_bytes(b"literal")
    (folder / "a\nb").write_bytes(b"strange")
    with store.open(f"file://{folder}/a%0Ab") as reader:
        assert reader.read() == b"literal"
