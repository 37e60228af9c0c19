"""A folder that stands in for the file driver's, for the few tests that look into it.

These tests remove the folder to break a store, or look whether a file has come into it. With a stand-in, adding to a
store whose folder is gone fails; an image that was added leaves an empty file there, which goes with the image. All
other tests have none, so that nothing but the driver under test tells them how things are.
"""

from __future__ import annotations

import errno
from collections.abc import Collection
from pathlib import Path
from typing import Any

from . import current_test
from .calls import bound, wrap


def install(library: Any, *, driver: str, tests: Collection[str]) -> None:
    """Have `library` keep stand-ins for the stores of `driver` while one of `tests` runs."""
    folders: dict[str, Path] = {}
    files: dict[tuple[str, str], Path] = {}  # the same location may be in two stores

    def create(inner: Any, *arguments: Any, **named: Any) -> Any:
        created = inner(*arguments, **named)
        folders.clear()
        files.clear()
        if current_test.name() in tests:
            conf = bound(inner, arguments, named)["conf"]
            stores = [name for name, kind in conf.enabled_backends.items() if kind == driver]
            folders.update({name: Path(conf[name].filesystem_store_datadir) for name in stores})
            for folder in folders.values():
                folder.mkdir(parents=True, exist_ok=True)
        return created

    def add(inner: Any, *arguments: Any, **named: Any) -> Any:
        given = bound(inner, arguments, named)
        folder = folders.get(given["backend"])
        if folder is not None and not folder.is_dir():
            raise FileNotFoundError(errno.ENOENT, "the test has removed the store", str(folder))
        added = inner(*arguments, **named)
        if folder is not None:
            file = files[added[0], given["backend"]] = folder / given["image_id"]
            file.touch()
        return added

    def delete(inner: Any, uri: str, *rest: Any, **named: Any) -> Any:
        deleted = inner(uri, *rest, **named)
        place = uri, bound(inner, (uri, *rest), named)["backend"]
        if place in files:
            files.pop(place).unlink(missing_ok=True)
        return deleted

    wrap(library, "create_multi_stores", create)
    wrap(library, "add_with_multihash", add)
    wrap(library, "delete", delete)
