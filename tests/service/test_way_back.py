"""From glance_store 5.7 to ours, back, and to ours again, on real backends: no image is lost on the way."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from servers.glance import Glance, Library, Store
from servers.keystone import Keystone
from servers.moto import Moto
from servers.swift import Swift
from servers.venvs import ROOT
from tests.service.images import Images

pytestmark = [pytest.mark.server, pytest.mark.timeout(1800)]

DATA = os.urandom((6 << 20) + 3)
"""Larger than a segment and than a part."""
PHASES = (Library.UPSTREAM, Library.OURS, Library.UPSTREAM, Library.OURS)
SDKS = ("python-swiftclient", "boto3", "openstacksdk")
STORES = ("files", "objects", "bucket")
RANGED = {Library.OURS: set(STORES), Library.UPSTREAM: {"files"}}
"""Where a range of an image can be read; glance_store 5.7 has no ranges in Swift and S3."""


@dataclass
class Cloud:
    """Keystone, the backends, and the folder in which each Glance goes on with what the one before has left."""

    keystone: Keystone
    swift: Swift
    auth_url: str
    stores: dict[str, Store]
    folder: Path
    logs: dict[Library, str] = field(default_factory=dict)

    def glance(self, library: Library) -> Glance:
        return Glance(
            self.keystone,
            self.stores,
            library=library,
            requirements=SDKS,
            options={"DEFAULT": {"debug": True}},
            folder=self.folder / "glance",
        )


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("way back")  # the space is in the store's directory, too
    (folder / "glance").mkdir()
    with ExitStack() as undo:
        keystone = undo.enter_context(Keystone(folder=tmp_path_factory.mktemp("keystone")))
        swift = undo.enter_context(Swift(keystone))
        moto = undo.enter_context(Moto())
        account = swift.operator("olga")
        stores = {
            "files": Store.file(folder / "images"),
            "objects": Store(
                "swift",
                {
                    "swift_store_auth_address": account.auth_url,
                    "swift_store_user": f"{account.project}:{account.user}",
                    "swift_store_key": account.password,
                    "swift_store_create_container_on_put": True,
                    "swift_store_large_object_size": 1,
                    "swift_store_large_object_chunk_size": 1,
                },
            ),
            "bucket": Store(
                "s3",
                {
                    "s3_store_host": moto.account.endpoint,
                    "s3_store_access_key": moto.account.access_key,
                    "s3_store_secret_key": moto.account.secret_key,
                    "s3_store_bucket": "images",
                    "s3_store_create_bucket_on_put": True,
                    "s3_store_large_object_size": 5,
                    "s3_store_large_object_chunk_size": 5,
                },
            ),
        }
        yield Cloud(keystone, swift, account.auth_url, stores, folder)


def put(images: Images, store: str) -> str:
    """Store an image of unknown size: glance_store 5.7 fails in Swift where it knows the size of a segmented one."""
    image = images.create(store)
    answer = images.put(image, iter([DATA[:1000], DATA[1000:]]), store)
    assert answer.status == 204, answer.data
    return image


def read(images: Images, image: str, store: str, library: Library) -> None:
    """It is there, its bytes are right, and so are those of a range where there can be one."""
    assert images.read(image) == (200, DATA)
    assert images.show(image)["stores"] == store
    if store in RANGED[library]:
        assert images.read(image, "bytes=1000-2000000") == (206, DATA[1000:2000001])


def forget_stores(folder: Path) -> None:
    """Make the database as it was before stores had names: Glance finds each image's store by its location."""
    with closing(sqlite3.connect(folder / "glance" / "glance.db")) as database:
        database.execute("UPDATE image_locations SET meta_data = '{}'")
        database.commit()


def rewrite_old_locations(cloud: Cloud) -> None:
    """Give what ours has stored in Swift the locations that it wrote before, and these then the form of the how-to."""
    old = f"swift+{cloud.auth_url.rstrip('/')}/"
    page = (ROOT / "docs/how-to/glance.md").read_text()
    (told,) = re.findall(r"```sql\n(.+?)```", page, re.DOTALL)
    told = told.replace("swift+https://keystone.example.org/v3/", old)
    assert told.count(old) == 2
    with closing(sqlite3.connect(cloud.folder / "glance" / "glance.db")) as database:
        aged = database.execute(
            "UPDATE image_locations SET value = REPLACE(value, 'swift+config://ref1/', ?) "
            "WHERE value LIKE 'swift+config://ref1/%'",
            (old,),
        ).rowcount
        assert aged
        assert database.execute(told).rowcount == aged
        database.commit()


def test_every_image_of_every_phase_is_read_and_deleted_in_every_phase(cloud: Cloud) -> None:
    kept: dict[str, list[str]] = {store: [] for store in STORES}
    for phase, library in enumerate(PHASES):
        if library is Library.OURS:
            forget_stores(cloud.folder)
        elif phase:
            rewrite_old_locations(cloud)
        log = cloud.folder / "glance" / "gunicorn.log"
        before = log.stat().st_size if log.exists() else 0
        with cloud.glance(library) as glance:
            images = Images(glance.url, cloud.keystone.account("demo").token())
            assert sorted(images.all()) == sorted(image for of_store in kept.values() for image in of_store)
            for store in STORES:
                for image in kept[store]:
                    read(images, image, store, library)
                # As many new ones as there are phases, this one included, to delete one of them in each.
                new = [put(images, store) for _ in range(phase, len(PHASES))]
                for image in new:
                    read(images, image, store, library)
                for image in [*_one_of_each_phase(kept[store], phase), new.pop()]:
                    assert images.delete(image).status == 204
                    kept[store] = [one for one in kept[store] if one != image]
                kept[store] += new
            images.close()
        cloud.logs[library] = cloud.logs.get(library, "") + log.read_text(errors="replace")[before:]
    assert kept == {store: [] for store in STORES}


def _one_of_each_phase(kept: list[str], phase: int) -> list[str]:
    """Of each earlier phase one image: of `kept` those of one phase stand side by side, each phase with as many."""
    left = len(PHASES) - phase
    return kept[::left]


def test_nothing_is_left_in_any_backend(cloud: Cloud) -> None:
    """But digests of ours beside what glance_store 5.7 has deleted; `orlop clean` finds them."""
    files = [path for path in (cloud.folder / "images").rglob("*") if path.is_file()]
    assert files == []


def test_no_password_is_in_a_log_of_ours(cloud: Cloud) -> None:
    text = cloud.logs[Library.OURS]
    assert "runs on glance-store 6" in text
    assert "Invalid location uri" not in text, "each image's store was found by its location"
    passwords = [form for one in cloud.keystone.passwords for form in (one, quote(one), quote_plus(one))]
    lines = [line for line in text.splitlines() if any(password in line for password in passwords)]
    assert lines == []
