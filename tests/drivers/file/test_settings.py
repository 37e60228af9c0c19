"""Wrong settings are refused with the key, and what would be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from orlop.configuration import settings_of
from orlop.drivers.file.settings import FileSettings
from orlop.errors import InvalidLocation, InvalidSettings, Unavailable
from orlop.stores import open_settings, open_store


def settings(**table: Any) -> FileSettings:
    made = settings_of("disk", {"driver": "file", **table}, "orlop.toml")
    assert isinstance(made, FileSettings)
    return made


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "either 'path' or 'directories' is needed"),
        ({"path": "/a", "directories": [{"path": "/b"}]}, "either 'path' or 'directories' is needed"),
        ({"path": "images"}, r"stores\.disk\.path in orlop\.toml: an absolute path is needed"),
        ({"path": "/a/../b"}, r"stores\.disk\.path .*without '\.\.'"),
        ({"paht": "/a"}, r"stores\.disk\.paht .*did you mean 'path'\?"),
        ({"path": "/a", "mode": "0240"}, "owner read"),
        ({"path": "/a", "mode": "0890"}, r"stores\.disk\.mode"),
        ({"path": "/a", "mode": 640}, r"stores\.disk\.mode"),
        ({"path": "/a", "mode": "04755"}, r"stores\.disk\.mode"),
        ({"path": "/a", "block_size": 100_000}, r"stores\.disk\.block_size .*65536"),
        ({"path": "/a", "block_size": 0}, r"stores\.disk\.block_size"),
        ({"path": "/a", "digests": "yes"}, r"stores\.disk\.digests .*auto.*xattr.*sidecar"),
        ({"path": "/a", "fsync": "perhaps"}, r"stores\.disk\.fsync"),
        ({"path": "/a", "metadata_file": "here.json"}, r"stores\.disk\.metadata_file .*absolute"),
        ({"path": "/a", "mount_point": "mnt"}, r"stores\.disk\.mount_point .*absolute"),
        ({"directories": [{"path": "/a"}, {"path": "/a/"}]}, "the directory /a stands twice"),
        ({"directories": [{"path": "/a"}], "marker": "x"}, "stand in each of them"),
        ({"directories": [{"path": "/a", "prio": 1}]}, r"stores\.disk\.directories\.0\.prio"),
        ({"directories": [{"priority": 1}]}, r"stores\.disk\.directories\.0\.path .*needed"),
    ],
)
def test_wrong_settings(table: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidSettings, match=said) as caught:
        settings(**table)
    assert "stores.disk" in str(caught.value)


def test_one_and_several_are_the_same_to_the_driver() -> None:
    (one,) = settings(path="/a", mount_point="/mnt", marker="m").places
    (same,) = settings(directories=[{"path": "/a", "mount_point": "/mnt", "marker": "m"}]).places
    assert one == same


@pytest.mark.parametrize(
    ("uri", "path"), [("file:///srv/images", "/srv/images"), ("file:///a%20b", "/a b"), ("file://localhost/a", "/a")]
)
def test_a_uri_is_enough(uri: str, path: str) -> None:
    made = open_store(uri).settings
    assert isinstance(made, FileSettings)
    assert str(made.path) == path


@pytest.mark.parametrize("uri", ["file://host/a", "file:///a?b", "file:///a#b", "file://a"])
def test_other_uris(uri: str) -> None:
    with pytest.raises(InvalidLocation):
        open_store(uri)


def test_a_scratch_store_keeps_the_guards() -> None:
    made = settings(path="/a", mount_point="/mnt", marker="m", fsync=False).scratch("gate")
    (place,) = made.places
    assert str(place.path) == "/a/.orlop-scratch-gate"
    assert str(place.marker_file) == "/a/m"
    assert str(place.mount_point) == "/mnt"
    assert place.may_be_created
    assert not made.fsync


def test_a_directory_that_must_not_be_created_is_not(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    store = open_settings("fixed", settings(path=gone, create=False))
    with pytest.raises(Unavailable, match="create it there"):
        store.put("image", b"data")
    assert not gone.exists()
    gone.mkdir()
    assert store.put("image", b"data").size == 4


def test_create_of_several_stands_in_each() -> None:
    with pytest.raises(InvalidSettings, match="'create' stand in each"):
        settings(directories=[{"path": "/a"}], create=False)
