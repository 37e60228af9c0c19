"""What every driver that grows from the skeleton inherits: names, links, identities, and calls that return late."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from orlop.capabilities import Capability
from orlop.errors import AlreadyExists, InvalidLocation, NotFound, StoreError, Unavailable
from orlop.gate.interception import Held, calls_of
from orlop.store import Store
from orlop_example.driver import ExampleDriver
from orlop_example.location import id_of, location_of
from orlop_example.settings import ExampleSettings

PATIENCE = 30.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "images"


@pytest.fixture
def driver(root: Path) -> ExampleDriver:
    return ExampleDriver(ExampleSettings(root=root, attempts=1))


@pytest.fixture
def store(driver: ExampleDriver) -> Store:
    return Store("mine", driver)


def test_a_write_that_hung_lands_in_no_other_image(driver: ExampleDriver, root: Path) -> None:
    """The upload's number is not given to another one, as long as the write is inside."""
    first = driver.upload("first", None)
    held = Held(lambda: first.write(0, b"A" * 8192), at=0)
    assert held.call == "posix.pwrite"
    first.abort()
    others = [driver.upload(f"other-{number}", None) for number in range(4)]
    for other in others:
        other.write(0, b"B" * 8192)
    held.release()
    for number, other in enumerate(others):
        other.commit(8192, {})
        assert (root / f"other-{number}").read_bytes() == b"B" * 8192
    assert not (root / "first").exists()


def test_a_write_after_the_abort_is_refused(driver: ExampleDriver) -> None:
    upload = driver.upload("one", None)
    upload.abort()
    with pytest.raises(Unavailable, match="has been closed"):
        upload.write(0, b"late")


def test_a_commit_that_hung_shows_nothing_after_the_abort(driver: ExampleDriver, root: Path) -> None:
    count = len(calls_of(lambda: commit(driver, "plain")()))
    assert count >= 3
    for at in range(count):
        upload = driver.upload(f"late-{at}", None)
        upload.write(0, b"data")
        held = Held(lambda upload=upload: upload.commit(4, {}), at)  # type: ignore[misc]
        aborting = threading.Thread(target=upload.abort, daemon=True)
        aborting.start()
        held.release()
        aborting.join(PATIENCE)
        assert not aborting.is_alive()
        assert not (root / f"late-{at}").exists(), held.call


def commit(driver: ExampleDriver, image_id: str) -> Callable[[], str]:
    upload = driver.upload(image_id, None)
    upload.write(0, b"data")
    return lambda: upload.commit(4, {})


def test_a_failed_sync_of_the_folder_leaves_no_image(
    driver: ExampleDriver, store: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, done = os.fsync, []

    def fails_at_the_folder(descriptor: int) -> None:
        real(descriptor)
        done.append(descriptor)
        if len(done) == 2:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr("orlop_example.backend.os.fsync", fails_at_the_folder)
    with pytest.raises(Unavailable):
        store.put("one", b"data")
    assert os.listdir(root) == []


def test_a_delete_is_bound_to_the_image_that_was_meant(driver: ExampleDriver, store: Store, root: Path) -> None:
    location = store.put("one", b"old").location
    identity = driver.identify(location)
    store.delete(location)
    store.put("one", b"new")
    with pytest.raises(FileNotFoundError, match="another one of its id"):
        driver.delete(location, identity)
    assert (root / "one").read_bytes() == b"new"


def test_an_abort_after_another_one_was_first_spares_it(driver: ExampleDriver, store: Store, root: Path) -> None:
    late = driver.upload("one", None)
    late.write(0, b"late")
    store.put("one", b"first")
    with pytest.raises(FileExistsError):
        late.commit(4, {})
    late.abort()
    assert (root / "one").read_bytes() == b"first"


def make_link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def make_dangling(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def make_socket(path: Path) -> None:
    os.mknod(path, 0o140600)


@pytest.mark.parametrize("make", [make_link, make_dangling, os.mkfifo, os.mkdir, make_socket])
def test_only_regular_files_are_images(store: Store, root: Path, make: Callable[[Path], None]) -> None:
    kept = store.put("kept", b"data").location
    make(root / "planted")
    for use in (store.stat, store.open, store.delete):
        with pytest.raises(NotFound):
            use(location_of("planted"))
    assert [stat.location for stat in store.list()] == [kept]
    with pytest.raises(AlreadyExists):
        store.put("planted", b"data")
    assert os.path.lexists(root / "planted")


def test_names_that_no_image_has_are_left_alone(store: Store, root: Path) -> None:
    kept = store.put("kept", b"data").location
    for name in (b"\xff\xfe", b".hidden", b"a\nb", b"e\xcc"):
        (root / os.fsdecode(name)).write_bytes(b"not an image")
    assert [stat.location for stat in store.list()] == [kept]


@pytest.mark.parametrize("form", ["example://%61", "example://a%", "example://%ff", "EXAMPLE://a", "example://a/", "x"])
def test_a_location_has_one_form(form: str) -> None:
    with pytest.raises(InvalidLocation):
        id_of(form)


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_names_do_not_depend_on_the_locale(store: Store, root: Path, locale: str) -> None:
    ids = ["ünïcödé", "漢字", "e\u0301", "\u00e9"]
    program = (
        "import sys; from pathlib import Path; from orlop.store import Store\n"
        "from orlop_example.driver import ExampleDriver; from orlop_example.settings import ExampleSettings\n"
        "store = Store('mine', ExampleDriver(ExampleSettings(root=Path(sys.argv[1]))))\n"
        f"for number, one in enumerate({ids[1:]!a}): store.put(one, one.encode())\n"
        f"assert sorted(stat.image_id for stat in store.list()) == sorted({ids!a})\n"
        f"assert store.open(store.locate({ids[0]!a})).read() == b'data'\n"
    )
    store.put(ids[0], b"data")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "LC_ALL": locale}
    environment |= {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", program, str(root)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert sorted(stat.image_id or "" for stat in store.list()) == sorted(ids)
    for one in ids[1:]:
        assert store.open(store.locate(one)).read() == one.encode()


def test_a_name_that_differs_only_in_case_is_another_image(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a file system that takes one name for the other, which this one only plays."""
    location = store.put("Debian", b"data").location
    real_open, real_unlink = os.open, os.unlink
    monkeypatch.setattr(
        "orlop_example.backend.os.open", lambda path, *args, **more: real_open(cased(path), *args, **more)
    )
    monkeypatch.setattr("orlop_example.backend.os.unlink", lambda path, **more: real_unlink(cased(path), **more))
    for use in (store.stat, store.open, store.delete):
        with pytest.raises(NotFound):
            use(location_of("DEBIAN"))
    with pytest.raises(NotFound):
        store.locate("debian")
    assert store.open(location).read() == b"data"


def cased(path: Any) -> Any:
    return b"Debian" if isinstance(path, bytes) and path.lower() == b"debian" else path


def test_it_claims_no_more_than_it_does(driver: ExampleDriver) -> None:
    assert not driver.capabilities & (Capability.DIGESTS | Capability.SPARSE | Capability.SPACE)


@pytest.mark.parametrize("code", [5, 13, 17, 28, 107, 116, 122, 4242])
def test_every_error_of_the_backend_has_a_class(driver: ExampleDriver, code: int) -> None:
    kind = driver.classify(OSError(code, "x"))
    assert kind is not None
    assert issubclass(kind, StoreError)
