"""The driver under test in the file driver's place, and what is noted of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ci.plugin.glance_run import noting, swapping
from tests.ci.fake_library import Conf, Library

OPTIONS: dict[str, Any] = {"swift_store_container": "of-{store}-{process}"}


def swapped(enabled: dict[str, str]) -> Library:
    library = Library(Conf(enabled))
    for store in ("glance_store", *enabled):
        library.conf.register(store, "swift_store_container")
        library.conf.register(store, "filesystem_store_datadir")
    swapping.install(library, driver="swift", scheme="swift+https", options=OPTIONS)
    return library


def test_stores_of_files_become_stores_of_the_driver(tmp_path: Path) -> None:
    library = swapped({"store_1": "file", "store_2": "file", "web": "http"})
    library.configured_as_by_a_test(tmp_path)
    assert library.made == [{"store_1": "swift", "store_2": "swift", "web": "http", "os_glance_staging_store": "file"}]
    assert library.conf["store_1"].swift_store_container == f"of-store-1-{os.getpid()}"
    assert library.conf["store_2"].swift_store_container == f"of-store-2-{os.getpid()}"
    assert library.conf["store_1"].filesystem_store_datadir == str(tmp_path / "store_1")
    assert library.conf["web"].swift_store_container is None


def test_stores_without_files_stay_as_they_are() -> None:
    library = swapped({"web": "http"})
    library.register_store_opts(library.conf)
    assert library.conf.enabled_backends == {"web": "http"}


def test_the_single_store_too() -> None:
    library = swapped({})
    assert library.create_stores(library.conf) == 2
    assert library.made == [dict.fromkeys(["file", "http", "swift"], "swift+https")]
    assert library.conf["glance_store"].swift_store_container == f"of-glance-store-{os.getpid()}"


def test_without_a_scheme_the_single_store_stays() -> None:
    library = Library(Conf({}))
    swapping.install(library, driver="my-store", scheme="", options={})
    library.create_stores(library.conf)
    assert library.made == [dict.fromkeys(["file", "http"], "file")]


def test_a_table_is_filled_too(tmp_path: Path) -> None:
    library = Library(Conf({"store_1": "file"}))
    library.conf.register("store_1", "swift_store_container")
    library.conf.register("store_1", "filesystem_store_datadir")
    options = {"swift_store_container": {"root": "/x/{store}", "n": 3}}
    swapping.install(library, driver="swift", scheme="", options=options)
    library.configured_as_by_a_test(tmp_path)
    assert library.conf["store_1"].swift_store_container == {"root": "/x/store-1", "n": 3}


def test_a_single_store_of_another_kind_stays() -> None:
    library = swapped({})
    library.conf.glance_store.default_store = "http"
    library.create_stores()
    assert library.made == [dict.fromkeys(["file", "http"], "http")]


def test_what_is_made_is_noted(tmp_path: Path) -> None:
    library = Library(Conf({"a": "file", "b": "http"}))
    noting.install(library, path=str(tmp_path / "notes"))
    swapping.install(library, driver="swift", scheme="swift", options={})
    library.create_multi_stores()
    library.create_stores(conf=library.conf)
    lines = [json.loads(line) for line in (tmp_path / "notes").read_text().splitlines()]
    assert lines == [
        {"process": os.getpid(), "drivers": ["file", "http"]},
        {"process": os.getpid(), "drivers": ["swift"]},
    ]
