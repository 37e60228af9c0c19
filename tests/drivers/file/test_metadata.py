"""The location metadata file for shared mounts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from orlop.drivers.file.mounts import mount_of, read_mounts
from orlop.errors import InvalidSettings

from tests.drivers.file.stores import file_store


def mounts(tmp_path: Path, content: Any) -> Any:
    file = tmp_path / "metadata.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_mounts(file)


def entry(mountpoint: str, **more: Any) -> dict[str, Any]:
    return {"id": f"id of {mountpoint}", "mountpoint": mountpoint, **more}


@pytest.mark.parametrize(
    ("mountpoint", "path", "holds"),
    [
        ("/mnt/a", "/mnt/a/image", True),
        ("/mnt/a/", "/mnt/a/image", True),
        ("/mnt/a", "/mnt/a/images/image", True),
        ("/mnt/a", "/mnt/ab/image", False),
        ("/mnt/a", "/mnt/image", False),
        ("/mnt/a", "/mnt/b/mnt/a/image", False),
        ("/", "/mnt/a/image", True),
    ],
)
def test_a_mount_point_ends_at_a_slash(tmp_path: Path, mountpoint: str, path: str, holds: bool) -> None:
    for content in (entry(mountpoint), [entry("/elsewhere"), entry(mountpoint)]):
        found = mount_of(Path(path), mounts(tmp_path, content))
        assert found == (entry(mountpoint) if holds else {})


def test_the_deepest_mount_point_wins(tmp_path: Path) -> None:
    entries = mounts(tmp_path, [entry("/mnt/a/b"), entry("/mnt"), entry("/mnt/a")])
    assert mount_of(Path("/mnt/a/b/x"), entries)["mountpoint"] == "/mnt/a/b"
    assert mount_of(Path("/mnt/a/x"), entries)["mountpoint"] == "/mnt/a"


def test_it_comes_with_the_receipt_fresh_each_time(tmp_path: Path) -> None:
    file = tmp_path / "metadata.json"
    file.write_text(json.dumps(entry(str(tmp_path), share={"host": ["nas"]})))
    store = file_store(tmp_path / "images", metadata_file=str(file))
    first: Any = store.put("a", b"x").metadata
    assert first == entry(str(tmp_path), share={"host": ["nas"]})
    first["id"] = "changed"
    first["share"]["host"].append("changed")
    assert store.put("b", b"x").metadata == entry(str(tmp_path), share={"host": ["nas"]})


def test_none_without_the_file(tmp_path: Path) -> None:
    assert file_store(tmp_path / "images").put("a", b"x").metadata == {}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "1",
        '"x"',
        "null",
        "{}",
        '{"id": "x"}',
        '{"mountpoint": "/x"}',
        '{"id": 1, "mountpoint": "/x"}',
        "[1]",
        "[[]]",
        '{"id": "x", "mountpoint": ""}',
        '{"id": "x", "mountpoint": "mnt/a"}',
        '{"id": "x", "mountpoint": "/mnt/../a"}',
        '{"id": "x", "mountpoint": "/x", "key": 10}',
        '{"id": "x", "mountpoint": "/x", "key": {"a": [null]}}',
        '{"id": "x", "mountpoint": "/x", "key": {"a": 1.5}}',
        '[{"id": "x", "mountpoint": "/x"}, {"id": "y", "mountpoint": "/y", "key": true}]',
        '{"id": "x", "mountpoint": "/x", "key": "\\ud800"}',
        '{"id": "\\ud800", "mountpoint": "/x"}',
        '{"id": "x", "mountpoint": "/x", "\\ud800": "x"}',
        '{"id": "x", "mountpoint": "/x", "key": ' + "[" * 20 + "]" * 20 + "}",
        "[" * 100_000,
        "9" * 10_000,
        "\x00",
    ],
)
def test_a_file_of_another_form(tmp_path: Path, content: str) -> None:
    with pytest.raises(InvalidSettings, match=r"metadata_file: .*metadata\.json has another form"):
        mounts(tmp_path, content)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="cannot be read: No such file"):
        file_store(tmp_path / "images", metadata_file=str(tmp_path / "nothing"))
    with pytest.raises(InvalidSettings, match="cannot be read: Is a directory"):
        file_store(tmp_path / "images", metadata_file=str(tmp_path))


def test_a_file_that_is_no_file_hangs_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for odd in (tmp_path / "fifo", tmp_path, Path("/dev/zero"), tmp_path / "missing"):
        with pytest.raises(InvalidSettings, match="metadata_file"):
            read_mounts(odd)


def test_a_file_without_end_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(InvalidSettings, match="more than 1048576 bytes"):
        read_mounts(tmp_path / "large")


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(entry("/mnt")).encode())
    assert read_mounts(tmp_path / "m.json")[0].mountpoint == "/mnt"


def test_a_wrong_file_is_refused_when_the_store_is_opened_not_when_an_image_is_stored(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps(entry(str(tmp_path), key=10)))
    with pytest.raises(InvalidSettings, match="'key' is 10; only texts"):
        file_store(tmp_path / "images", metadata_file=str(tmp_path / "m.json"))
    assert not (tmp_path / "images").exists()
