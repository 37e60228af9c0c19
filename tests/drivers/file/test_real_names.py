"""Names: on file systems that take one for another (FUSE), and in processes of any locale."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from orlop.errors import AlreadyExists, InvalidLocation, NotFound, StoreError
from orlop.store import Store

from servers.debian import need
from servers.fuse_faults import FuseFaults
from tests.drivers.file.stores import REPOSITORY, file_store, names_in, several, wait_until

pytestmark = pytest.mark.server

NFC, NFD = "caf\u00e9", "cafe\u0301"


@pytest.fixture
def folded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    with FuseFaults(tmp_path, names=request.param) as mounted:
        yield mounted.path


CALLS: dict[str, Callable[[Store, str], object]] = {
    "open": lambda store, image_id: store.open(_at(store, image_id)),
    "stat": lambda store, image_id: store.stat(_at(store, image_id)),
    "delete": lambda store, image_id: store.delete(_at(store, image_id)),
    "locate": lambda store, image_id: store.locate(image_id),
}


def _at(store: Store, image_id: str) -> str:
    return f"file://{store.settings.model_dump()['path']}/{image_id}"


@pytest.mark.parametrize(
    ("folded", "stored", "other"),
    [("case", "Debian", "debian"), ("case", "debian", "DEBIAN"), ("case", "1-É", "1-é"), ("dots", "a", "a."),
     ("dots", "a", "a "), ("nfd", NFD, NFC)],
    indirect=["folded"],
)  # fmt: skip
def test_an_image_is_not_found_by_the_id_of_another(folded: Path, tmp_path: Path, stored: str, other: str) -> None:
    """Nor deleted, nor is a second image taken for it."""
    store = file_store(folded)
    location = store.put(stored, b"one").location
    for call in CALLS.values():
        with pytest.raises(NotFound):
            call(store, other)
    with pytest.raises((AlreadyExists, InvalidLocation), match=r"cannot tell|does not keep"):
        store.put(other, b"two")
    assert [stat.image_id for stat in store.list()] == [stored]
    store.verify(location)
    store.delete(location)
    wait_until(lambda: names_in(tmp_path) == [])


@pytest.mark.parametrize(("folded", "image_id"), [("dots", "a."), ("dots", "a "), ("nfd", NFC)], indirect=["folded"])
def test_an_id_that_the_file_system_changes_is_refused(folded: Path, tmp_path: Path, image_id: str) -> None:
    store = file_store(folded)
    with pytest.raises(InvalidLocation, match="does not keep the name"):
        store.put(image_id, b"x")
    wait_until(lambda: names_in(tmp_path) == [])


@pytest.mark.parametrize(
    ("folded", "said"),
    [("case", "upper and lower case"), ("nfd", "the Unicode form"), ("dots", "a dot at the end or a blank at the end")],
    indirect=["folded"],
)
def test_check_tells(folded: Path, tmp_path: Path, said: str) -> None:
    assert any(f"names that differ in {said}" in finding.message for finding in file_store(folded).check())
    wait_until(lambda: names_in(tmp_path) == [])


def test_check_says_nothing_where_names_are_kept(tmp_path: Path) -> None:
    assert not any("tell apart" in finding.message for finding in file_store(tmp_path).check())


@pytest.mark.parametrize("folded", ["case"], indirect=True)
def test_an_id_in_another_directory_is_the_same_one_only_when_it_is_spelled_so(folded: Path, tmp_path: Path) -> None:
    (folded / "a").mkdir()
    store = several({"path": str(folded / "a"), "priority": 1}, folded / "b")
    store.put("Image", b"x")
    other = several({"path": str(folded / "b"), "priority": 1}, folded / "a")
    assert other.put("image", b"y").location.endswith("/b/image")
    assert store.locate("Image").endswith("/a/Image")
    assert store.locate("image").endswith("/b/image")
    with pytest.raises(AlreadyExists):
        other.put("Image", b"z")


def test_images_of_one_file_under_two_names_are_both_found(tmp_path: Path) -> None:
    """A hard link by hand, on a file system that tells the names apart."""
    store = file_store(tmp_path)
    store.put("image", b"x")
    os.link(tmp_path / "image", tmp_path / "IMAGE")
    store.delete(store.locate("IMAGE"))
    assert store.locate("image")


LOCALES = {
    "C": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "UTF-8": {"LC_ALL": "C.UTF-8"},
    "UTF-8 mode": {"LC_ALL": "C", "PYTHONUTF8": "1"},
    "latin-1": {"LC_ALL": "en_US.ISO-8859-1", "PYTHONUTF8": "0"},
}
PROGRAM = """
import os, sys
from orlop.drivers.file.names import encoded
from orlop.store import Store
from orlop.errors import AlreadyExists
from pathlib import Path
from tests.drivers.file.stores import file_store
folder = Path(bytes.fromhex(sys.argv[1]).decode())
assert os.environ.get("WANTED", "") in ("", sys.getfilesystemencoding()), sys.getfilesystemencoding()
store = file_store(folder, digests="sidecar")
for image_id in map(lambda text: bytes.fromhex(text).decode(), sys.argv[2:]):
    try:
        store.put(image_id, b"x")
    except AlreadyExists:
        store.verify(store.locate(image_id))
for stat in store.list():
    sys.stdout.write(ascii((stat.image_id, stat.location)) + "\\n")
    store.verify(stat.location)
sys.stdout.write(str(list(store.leftovers())) + "\\n")
"""


@pytest.mark.parametrize("writer", ["C", "UTF-8 mode", "latin-1"])
def test_names_are_the_same_bytes_whatever_the_locale(tmp_path: Path, writer: str) -> None:
    if writer == "latin-1":
        need("locales")
        command = ["localedef", "-i", "en_US", "-f", "ISO-8859-1", str(tmp_path / "en_US.ISO-8859-1")]
        subprocess.run(command, capture_output=True, check=False)  # it warns by its status
        assert (tmp_path / "en_US.ISO-8859-1").exists()
    folder = tmp_path / "bücher"
    ids = ["Ünï", "plain", "\U0001f44d"]
    said = [run(tmp_path, name, folder, ids) for name in (writer, "UTF-8", writer)]
    assert said[0] == said[1] == said[2]
    assert sorted(os.listdir(os.fsencode(folder))) == sorted(
        [one.encode() for one in ids] + [b".orlop-digests-" + one.encode() for one in ids]
    )
    assert [name for name in os.listdir(tmp_path) if name != "en_US.ISO-8859-1"] == ["bücher"]


def run(tmp_path: Path, locale: str, folder: Path, ids: list[str]) -> str:
    wanted = {"C": "ascii", "latin-1": "iso8859-1"}.get(locale, "utf-8")
    environment = {**os.environ, **LOCALES[locale], "LOCPATH": str(tmp_path), "WANTED": wanted,
                   "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder).encode().hex(), *(one.encode().hex() for one in ids)],
        env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_error_shows_names_as_text(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        file_store(tmp_path / "bücher", create=False).put("Ünï", b"x")
    assert "bücher" in str(caught.value)
    assert "b'" not in str(caught.value)
