"""Nothing but a `StoreError` leaves a store, whatever a driver raises; what is the caller's stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from orlop import Store, StoreError
from orlop.driver import Blob, Upload
from orlop.drivers.memory.driver import MemoryBlob, MemoryDriver
from orlop.drivers.memory.settings import MemorySettings
from orlop.errors import BackendError, InvalidSettings
from orlop.records import Acl, Identity, Leftover, Space, Stat
from orlop.registry import driver_type
from orlop.stores import open_settings

from tests.core.faulty import FaultyDriver, store_of

FOREIGN = (
    KeyError("Contents"),
    ValueError("Exceeds the limit (4300 digits) for integer string conversion"),
    RecursionError("maximum recursion depth exceeded"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    TypeError("'NoneType' object is not iterable"),
    StopIteration("nothing"),
)

CALLS: dict[str, Callable[[Store], object]] = {
    "upload": lambda store: store.put("b", b"x"),
    "write": lambda store: store.put("b", b"x"),
    "commit": lambda store: store.put("b", b"x"),
    "block_size_at": lambda store: store.put("b", b"x"),
    "open": lambda store: store.open("memory://a"),
    "read": lambda store: store.verify("memory://a"),
    "stat": lambda store: store.stat("memory://a"),
    "identify": lambda store: store.delete("memory://a"),
    "delete": lambda store: store.delete("memory://a"),
    "locate": lambda store: store.locate("a"),
    "list": lambda store: list(store.list()),
    "space": lambda store: store.space(),
    "leftovers": lambda store: list(store.leftovers()),
    "clean": lambda store: store.clean(Leftover("x", 1)),
    "set_acl": lambda store: store.set_acl("memory://a", Acl()),
    "acting_as": lambda store: store.acting_as(Identity("p", "u")),
    "close": lambda store: store.close(),
    "size": lambda store: store.open("memory://a"),
}


class OddBlob(MemoryBlob):
    odd: Exception | None = None

    @property
    def size(self) -> int | None:
        if self.odd is not None:
            raise self.odd
        return len(self._data)

    @size.setter
    def size(self, value: int | None) -> None:
        """As the backend says."""


class Foreign(FaultyDriver):
    """Each step may fail with what no driver should raise."""

    capabilities = ~MemoryDriver.capabilities | MemoryDriver.capabilities

    def upload(self, image_id: str, size: int | None) -> Upload:
        upload = super().upload(image_id, size)
        if hook := self.hooks.get("block_size_at"):
            upload.block_size_at = hook  # type: ignore[method-assign]
        return upload

    def locate(self, image_id: str) -> str:
        self.step("locate")
        return super().locate(image_id)

    def list(self) -> Iterator[Stat]:
        self.step("list")
        yield from super().list()

    def space(self) -> Space:
        self.step("space")
        return super().space()

    def leftovers(self) -> Iterator[Leftover]:
        self.step("leftovers")
        yield Leftover("x", 1)

    def clean(self, leftover: Leftover) -> None:
        self.step("clean")

    def set_acl(self, location: str, acl: Acl) -> None:
        self.step("set_acl")

    def acting_as(self, identity: Identity) -> Any:
        self.step("acting_as")
        return self

    def close(self) -> None:
        self.step("close")

    def open(self, location: str) -> Blob:
        blob = super().open(location)
        if "size" in self.hooks:
            blob = OddBlob(b"x")
            try:
                self.step("size")
            except Exception as error:  # noqa: BLE001 - raised when the size is asked for
                blob.odd = error
        return blob


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("error", FOREIGN, ids=lambda error: type(error).__name__)
def test_what_no_driver_should_raise_reaches_the_caller_as_a_backend_error(call: str, error: Exception) -> None:
    driver = Foreign()
    store = store_of(driver)
    store.put("a", b"y")

    def fail(*_: Any) -> None:
        raise error

    driver.hooks[call] = fail
    with pytest.raises(StoreError) as caught:
        CALLS[call](store)
    assert type(caught.value) is BackendError
    assert caught.value.store == store.name
    assert not [image_id for image_id in driver.ids if image_id != "a"]


def test_an_odd_error_while_an_odd_error_is_tidied_up_after_is_noted() -> None:
    driver = Foreign()

    def fail(*_: Any) -> None:
        raise KeyError("first")

    def fail_too() -> None:
        raise ValueError("second")

    driver.hooks |= {"write": fail, "abort": fail_too}
    with pytest.raises(BackendError, match="KeyError") as caught:
        store_of(driver).put("a", b"x")
    assert "ValueError: second" in "".join(caught.value.__notes__)


def test_kept_digests_that_are_damaged_are_an_error_of_the_store() -> None:
    driver = FaultyDriver()
    store = store_of(driver)
    location = store.put("a", b"x").location
    driver._images["a"].digests = {"sha256": None}  # type: ignore[dict-item]
    with pytest.raises(BackendError):
        store.open(location, verify=True)


@pytest.mark.parametrize("error", FOREIGN[:-1], ids=lambda error: type(error).__name__)
def test_what_the_source_raises_stays_as_it_is(error: Exception) -> None:
    class Source:
        def read(self, size: int, /) -> bytes:
            raise error

    with pytest.raises(type(error)) as caught:
        store_of(FaultyDriver()).put("a", Source())
    assert caught.value is error


def test_a_driver_that_cannot_begin_is_an_error_of_its_store(monkeypatch: pytest.MonkeyPatch) -> None:
    def begin(self: MemoryDriver, settings: MemorySettings) -> None:
        raise KeyError("HOME")

    monkeypatch.setattr(MemoryDriver, "__init__", begin)
    with pytest.raises(BackendError, match=r"odd: open: the driver failed with KeyError"):
        open_settings("odd", MemorySettings())


def test_a_driver_that_cannot_be_loaded_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        name = "odd"

        def load(self) -> object:
            raise SyntaxError("invalid syntax")

    monkeypatch.setattr("orlop.registry._found", lambda: {"odd": Point()})
    with pytest.raises(InvalidSettings, match="the 'odd' driver cannot be loaded: SyntaxError: invalid syntax"):
        driver_type("odd")
