"""A folder that stands in for the file driver's, for the tests that are named and no others."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ci.plugin.glance_run import current_test, stand_ins, swapping
from tests.ci.fake_library import Conf, Library

LOOKS = "glance.tests.T.test_looks"


@pytest.fixture
def library() -> Library:
    library = Library(Conf({"one": "file", "two": "file"}))
    stand_ins.install(library, driver="swift", tests=[LOOKS])
    swapping.install(library, driver="swift", scheme="swift", options={})
    return library


def running(test: str, body: Any) -> Any:
    """Run `body` as the test case `test` of testtools would be."""

    class TestCase:
        def id(self) -> str:
            return test

        def run(self, result: Any) -> Any:
            assert current_test.name() == test
            return body()

    current_test.install(SimpleNamespace(TestCase=TestCase))
    try:
        return TestCase().run(None)
    finally:
        assert current_test.name() is None


def add(library: Library, store: str) -> str:
    uri: str = library.add_with_multihash(library.conf, "an-image", b"", 0, store, "sha512", context=None)[0]
    return uri


def test_it_has_a_file_as_long_as_there_is_the_image(library: Library, tmp_path: Path) -> None:
    def body() -> None:
        library.configured_as_by_a_test(tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]
        uri = add(library, "two")
        assert (tmp_path / "two" / "an-image").exists()
        assert not any((tmp_path / "one").iterdir())
        library.delete(uri, "two")
        assert not any((tmp_path / "two").iterdir())
        assert library.images == {}

    running(LOOKS, body)


def test_a_store_whose_folder_was_removed_is_broken(library: Library, tmp_path: Path) -> None:
    def body() -> None:
        library.configured_as_by_a_test(tmp_path)
        (tmp_path / "one").rmdir()
        with pytest.raises(FileNotFoundError, match="the test has removed the store"):
            add(library, "one")
        assert library.images == {}
        add(library, "two")

    running(LOOKS, body)


def test_a_location_may_be_the_same_in_two_stores(library: Library, tmp_path: Path) -> None:
    def same(
        conf: Conf, image_id: str, data: bytes, size: int, backend: str, hashing_algo: str, context: Any = None
    ) -> tuple[str, int]:
        library.images["fake://an-image"] = image_id
        return "fake://an-image", size

    # What is wrapped is the library's function as it is now.
    library.add_with_multihash = same
    stand_ins.install(library, driver="swift", tests={LOOKS})

    def body() -> None:
        library.configured_as_by_a_test(tmp_path)
        uri = add(library, "one")
        assert add(library, "two") == uri
        library.delete(uri, "one")
        assert not any((tmp_path / "one").iterdir())
        assert (tmp_path / "two" / "an-image").exists()

    running(LOOKS, body)


def test_a_test_may_remove_the_file_first(library: Library, tmp_path: Path) -> None:
    def body() -> None:
        library.configured_as_by_a_test(tmp_path)
        uri = add(library, "one")
        (tmp_path / "one" / "an-image").unlink()
        library.delete(uri, "one")

    running(LOOKS, body)
    assert library.images == {}


def test_other_tests_have_none(library: Library, tmp_path: Path) -> None:
    def body() -> None:
        library.configured_as_by_a_test(tmp_path)
        add(library, "one")
        assert list(tmp_path.iterdir()) == []

    running(f"{LOOKS}_elsewhere", body)


def test_it_ends_with_its_test(library: Library, tmp_path: Path) -> None:
    running(LOOKS, lambda: library.configured_as_by_a_test(tmp_path / "first"))
    running("another", lambda: library.configured_as_by_a_test(tmp_path / "second"))
    add(library, "one")
    assert not any((tmp_path / "first" / "one").iterdir())
