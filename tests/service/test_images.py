"""Images through Glance's API: in, to other stores, out, and gone."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from servers.fuse_faults import Rule
from servers.missing import Missing
from servers.nginx import PASSWORD, USER, Nginx
from tests.service.conftest import SMALL, Cloud
from tests.service.stream import Stream, digest

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]

GIB = 1 << 30
DATA = os.urandom((5 << 20) + 3)
SHA512 = hashlib.sha512(DATA).hexdigest()


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "disk.raw"
    path.write_bytes(DATA)
    return path


def uploaded(cloud: Cloud, data: bytes = DATA, store: str = "") -> str:
    image = cloud.images.create()
    assert cloud.images.put(image, data, store).status == 204
    return image


def right(cloud: Cloud, image: str, sha512: str = SHA512, size: int = len(DATA)) -> None:
    """Glance gives back what it was given, and knows its digest."""
    shown = cloud.images.show(image)
    assert (shown["status"], shown["size"]) == ("active", size)
    assert (shown["os_hash_algo"], shown["os_hash_value"]) == ("sha512", sha512)
    assert digest(cloud.images.pieces(image)) == (size, sha512)


def test_create_save_delete_by_command(cloud: Cloud, disk: Path, tmp_path: Path) -> None:
    told = cloud.openstack("image", "create", "--file", disk, "--disk-format", "raw", "mine", "-f", "json")
    image = json.loads(told)
    right(cloud, image["id"])
    assert cloud.images.show(image["id"])["stores"] == "fast"
    cloud.openstack("image", "save", "--file", tmp_path / "back", image["id"])
    assert (tmp_path / "back").read_bytes() == DATA
    cloud.openstack("image", "delete", image["id"])
    assert cloud.images.ask("GET", f"/images/{image['id']}").status == 404
    assert cloud.files() == []


def test_stage_and_import_by_command(cloud: Cloud, disk: Path) -> None:
    image = json.loads(cloud.openstack("image", "create", "--disk-format", "raw", "mine", "-f", "json"))["id"]
    cloud.openstack("image", "stage", "--file", disk, image)
    assert [path.name for path in cloud.files()] == [image]
    cloud.openstack("image", "import", image, "--method", "glance-direct", "--store", "second")
    cloud.images.wait_for(image, {"second"})
    right(cloud, image)


def test_import_to_two_stores_at_once(cloud: Cloud) -> None:
    image = cloud.images.create()
    assert cloud.images.put(image, DATA, action="stage").status == 204
    cloud.images.start_import(image, {"name": "glance-direct"}, ["fast", "second"])
    shown = cloud.images.wait_for(image, {"fast", "second"})
    right(cloud, image)
    assert {one["metadata"]["store"] for one in shown["locations"]} == {"fast", "second"}


def test_copy_to_another_store(cloud: Cloud) -> None:
    image = uploaded(cloud)
    cloud.admin.start_import(image, {"name": "copy-image"}, ["second"])
    cloud.images.wait_for(image, {"fast", "second"})
    right(cloud, image)
    # One copy goes, and the image is read from the other.
    assert cloud.admin.ask("DELETE", f"/stores/fast/{image}").status == 204
    assert cloud.images.show(image)["stores"] == "second"
    right(cloud, image)


def test_download_from_the_web(cloud: Cloud, nginx: Nginx) -> None:
    image = cloud.images.create()
    url = nginx.url("/img" + nginx.put("disk", DATA))
    cloud.images.start_import(image, {"name": "web-download", "uri": url}, ["second"])
    cloud.images.wait_for(image, {"second"})
    right(cloud, image)


@pytest.mark.slow
def test_two_gib_of_unknown_size(cloud: Cloud) -> None:
    image = cloud.images.create()
    stream = Stream(2 * GIB + 5)
    assert cloud.images.put(image, iter(stream)).status == 204
    right(cloud, image, stream.sha512, 2 * GIB + 5)
    assert cloud.images.delete(image).status == 204
    assert cloud.files() == []


def test_an_empty_image(cloud: Cloud) -> None:
    image = uploaded(cloud, b"")
    assert cloud.images.show(image)["size"] == 0
    assert cloud.images.read(image) == (200, b"")


SPANS = [
    ("bytes=0-0", 0, 1),
    ("bytes=1000-70000", 1000, 70001),
    (f"bytes=65535-{len(DATA) - 1}", 65535, len(DATA)),
    ("bytes=5000000-", 5000000, len(DATA)),
    ("bytes=-1000", len(DATA) - 1000, len(DATA)),
    (f"bytes=5000000-{len(DATA) + 10}", 5000000, len(DATA)),
]


@pytest.mark.parametrize(("span", "start", "stop"), SPANS)
def test_a_range(cloud: Cloud, span: str, start: int, stop: int) -> None:
    assert cloud.images.read(uploaded(cloud), span) == (206, DATA[start:stop])


def test_ranges_one_after_another_make_the_image(cloud: Cloud) -> None:
    image = uploaded(cloud)
    step = 1_000_003
    spans = [f"bytes={start}-{start + step - 1}" for start in range(0, len(DATA), step)]
    assert b"".join(cloud.images.read(image, span)[1] for span in spans) == DATA


@pytest.mark.parametrize("span", [f"bytes={len(DATA)}-", f"bytes={len(DATA) + 1}-{len(DATA) + 2}"])
def test_a_range_past_the_end(cloud: Cloud, span: str) -> None:
    assert cloud.images.read(uploaded(cloud), span)[0] == 416


def test_an_image_on_the_web(cloud: Cloud, nginx: Nginx) -> None:
    image = cloud.images.create()
    value = {"url": nginx.url("/img" + nginx.put("disk", DATA)), "metadata": {"store": "web"}}
    answer = cloud.images.change(image, [{"op": "add", "path": "/locations/-", "value": value}])
    assert answer.status == 200, answer.data
    shown = cloud.images.show(image)
    assert (shown["status"], shown["size"], shown["stores"]) == ("active", len(DATA), "web")
    assert cloud.images.read(image) == (200, DATA)
    assert cloud.images.read(image, "bytes=1000-70000") == (206, DATA[1000:70001])
    assert cloud.images.delete(image).status == 204
    assert (nginx.www / "disk").read_bytes() == DATA


def test_an_image_on_the_web_behind_a_password(cloud: Cloud, nginx: Nginx) -> None:
    image = cloud.images.create()
    plain = nginx.url("/auth" + nginx.put("disk", DATA))
    url = plain.replace("://", f"://{quote(USER)}:{quote(PASSWORD)}@")
    value = {"url": url, "metadata": {"store": "web"}}
    answer = cloud.images.change(image, [{"op": "add", "path": "/locations/-", "value": value}])
    assert answer.status == 200, answer.data
    assert cloud.images.read(image) == (200, DATA)


def test_an_image_on_the_web_is_read_for_its_digest(cloud: Cloud, nginx: Nginx) -> None:
    image = cloud.images.create()
    url = nginx.url("/img" + nginx.put("disk", DATA))
    assert cloud.images.ask("POST", f"/images/{image}/locations", {"url": url}).status == 202
    cloud.images.wait_for(image, {"web"})
    right(cloud, image)


@pytest.mark.parametrize("size", [None, len(DATA)], ids=["unknown", "known"])
def test_an_upload_that_breaks_off(cloud: Cloud, size: int | None) -> None:
    image = cloud.images.create()
    cloud.images.break_off(image, DATA[: len(DATA) // 2], size)
    end = time.monotonic() + 20
    while cloud.images.show(image)["status"] != "queued" and time.monotonic() < end:
        time.sleep(0.1)
    assert cloud.images.show(image)["status"] == "queued"
    assert cloud.files() == []


def test_a_file_that_has_gone(cloud: Cloud) -> None:
    image = uploaded(cloud)
    (cloud.stores["fast"] / image).unlink()
    assert cloud.images.read(image) == (204, b"")
    assert cloud.images.delete(image).status == 204


def test_a_full_store(cloud: Cloud) -> None:
    if isinstance(cloud.full, Missing):
        raise cloud.full
    for data in (bytes(range(256)) * (SMALL // 256 + 1), iter(Stream(SMALL + 1))):
        image = cloud.images.create()
        assert cloud.images.put(image, data, "full").status == 413
        assert cloud.files() == []
        assert cloud.images.show(image)["status"] == "queued"
    uploaded(cloud, store="full")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_store_that_cannot_be_written(cloud: Cloud, number: int) -> None:
    if isinstance(cloud.faults, Missing):
        raise cloud.faults
    image = cloud.images.create()
    with cloud.faults.rules(*(Rule(call, errno=number) for call in ("create", "write", "mkdir", "link", "rename"))):
        assert cloud.images.put(image, DATA, "frail").status == 503
    assert cloud.files() == []
    assert cloud.images.show(image)["status"] == "queued"
    assert cloud.images.put(image, DATA, "frail").status == 204
    right(cloud, image)
