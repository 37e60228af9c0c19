"""Drivers of others, written for glance_store's `driver.Store`, work as they did."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from io import BytesIO
from typing import Any

import glance_store
import pytest
from glance_store import backend, capabilities, driver, exceptions, location
from glance_store._bridge import loading
from oslo_config import cfg

from tests.facade.conftest import Configure

IMAGES: dict[str, bytes] = {}


class StoreLocation(location.StoreLocation):
    """`mem://ID`."""

    def process_specs(self) -> None:
        self.image_id = self.specs["image_id"]

    def get_uri(self) -> str:
        return f"mem://{self.image_id}"

    def parse_uri(self, uri: str) -> None:
        self.validate_schemas(uri, ("mem://",))
        self.image_id = uri[6:]


class Store(driver.Store):
    """Not reusable, as many of others are not."""

    _CAPABILITIES = capabilities.BitMasks.RW_ACCESS
    OPTIONS = (cfg.StrOpt("mem_place", help="Where."),)
    made = 0

    def __init__(self, conf: Any, backend: str | None = None) -> None:
        super().__init__(conf, backend)
        type(self).made += 1

    def get_schemes(self) -> tuple[str, ...]:
        return ("mem",)

    def configure_add(self) -> None:
        values = driver.BackendGroupConfiguration(self.OPTIONS, self.backend_group, conf=self.conf)
        if not values.mem_place:
            raise exceptions.BadStoreConfiguration(store_name="mem", reason="no place")
        self._url_prefix = "mem://"

    @driver.back_compat_add
    @capabilities.check
    def add(
        self,
        image_id: str,
        image_file: Any,
        image_size: int,
        hashing_algo: str,
        context: Any = None,
        verifier: Any = None,
    ) -> tuple[str, int, str, str, dict[str, str]]:
        IMAGES[image_id] = image_file.read()
        place = location.Location(
            "mem", StoreLocation, self.conf, image_id=image_id, store_specs={"image_id": image_id}
        )
        return place.get_store_uri(), len(IMAGES[image_id]), "sum", hashing_algo, {"store": str(self.backend_group)}

    @capabilities.check
    def get(self, location: Any, offset: int = 0, chunk_size: int | None = None, context: Any = None) -> Any:
        data = IMAGES.get(location.store_location.image_id)
        if data is None:
            raise exceptions.NotFound(image=location.store_location.image_id)
        return iter([data]), len(data)

    @capabilities.check
    def delete(self, location: Any, context: Any = None) -> None:
        del IMAGES[location.store_location.image_id]


class Raising(Store):
    """Breaks in a way that nobody expects."""

    def configure(self, re_raise_bsc: bool = False) -> None:
        raise KeyError("its own bug")


class Failing(Store):
    """Its backend is down."""

    def configure(self, re_raise_bsc: bool = False) -> None:
        raise exceptions.BackendException("its backend is down")


class FailingDefault(Failing):
    """Has a scheme that `default_store` can name."""

    def get_schemes(self) -> tuple[str, ...]:
        return ("rbd",)


class Nameless(Store):
    """Has no schemes."""

    def get_schemes(self) -> tuple[str, ...]:
        return ()


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    IMAGES.clear()
    points = dict(loading._points())
    for name, kind in (
        ("memory-store", "Store"),
        ("raising", "Raising"),
        ("failing", "Failing"),
        ("failing-default", "FailingDefault"),
        ("nameless", "Nameless"),
    ):
        points[name] = EntryPoint(name, f"{__name__}:{kind}", loading.GROUP)
    points["unimportable"] = EntryPoint("unimportable", "no_such_module_at_all:Store", loading.GROUP)
    monkeypatch.setattr(loading, "_points", lambda: points)


TEXT = """
[DEFAULT]
enabled_backends = mine:memory-store, files:file
[glance_store]
default_backend = mine
[mine]
mem_place = here
[files]
filesystem_store_datadir = {here}/files
"""


def test_a_store_whose_driver_is_not_named_like_its_scheme(configured: Configure) -> None:
    conf = configured(TEXT)
    assert glance_store.create_multi_stores(conf) == 2
    glance_store.verify_store()
    uri, size, *_, metadata = glance_store.add_with_multihash(conf, "one", BytesIO(b"data"), 4, None, "sha256")
    assert (uri, size, metadata) == ("mem://one", 4, {"store": "mine"})
    assert glance_store.add(conf, "two", BytesIO(b"data"), 4, "mine") == ("mem://two", 4, "sum", {"store": "mine"})
    for backend_name in ("mine", None):
        pieces, size = glance_store.get(uri, backend_name)
        assert (b"".join(pieces), size) == (b"data", 4)
    with pytest.raises(exceptions.StoreRandomGetNotSupported):
        glance_store.get(uri, "mine", offset=1)
    glance_store.set_acls_for_multi_store(uri, "mine", public=True)
    glance_store.delete(uri, "mine")
    with pytest.raises(glance_store.NotFound):
        glance_store.get(uri, None)
    assert glance_store.get_store_weight("mine") == 0


def test_a_store_that_is_not_reusable_is_made_anew_and_configured_each_time(configured: Configure) -> None:
    glance_store.create_multi_stores(configured(TEXT))
    registered = location.SCHEME_TO_CLS_BACKEND_MAP["mem"]["mine"]["store"]
    one, two = (glance_store.get_store_from_store_identifier("mine") for _ in range(2))
    assert len({id(registered), id(one), id(two)}) == 3
    assert one.url_prefix == "mem://"
    assert location.SCHEME_TO_CLS_BACKEND_MAP["mem"]["mine"]["store"] is registered


def test_a_store_that_cannot_store_can_still_be_read(configured: Configure) -> None:
    IMAGES["one"] = b"data"
    conf = configured(TEXT.replace("mem_place = here", ""))
    glance_store.create_multi_stores(conf)
    with pytest.raises(glance_store.StoreAddDisabled):
        glance_store.add(conf, "two", BytesIO(b"data"), 4, "mine")
    assert glance_store.get("mem://one", "mine")[1] == 4


@pytest.mark.parametrize(
    ("entry", "reason"),
    [("raising", "its own bug"), ("failing", "is down"), ("unimportable", "no_such_module_at_all")],
)
def test_whatever_breaks_one_store_the_others_live(
    configured: Configure, caplog: pytest.LogCaptureFixture, entry: str, reason: str
) -> None:
    conf = configured(TEXT.replace("memory-store", entry))
    assert glance_store.create_multi_stores(conf) == 1
    assert glance_store.add(conf, "one", BytesIO(b"data"), 4, "files")[1] == 4
    assert any("mine" in line and reason in line for line in caplog.messages)
    broken = glance_store.get_store_from_store_identifier("mine")
    with pytest.raises(exceptions.StoreAddDisabled, match=reason):
        broken.add("one", BytesIO(b"data"), 4)
    with pytest.raises(exceptions.BadStoreConfiguration, match=reason):
        broken.set_acls(None)


def test_a_default_store_that_cannot_be_used_is_told_at_the_start(configured: Configure) -> None:
    conf = configured("[glance_store]\nstores = failing-default\ndefault_store = rbd\n")
    assert glance_store.create_stores(conf) == 0
    with pytest.raises(RuntimeError, match="is down"):
        glance_store.verify_default_store()


def test_a_store_without_schemes_is_a_bug_of_its_driver(configured: Configure) -> None:
    with pytest.raises(exceptions.BackendException, match="No schemes"):
        glance_store.create_multi_stores(configured(TEXT.replace("memory-store", "nameless")))


@pytest.mark.parametrize(
    ("metadata", "said"), [({"a": 1}, "invalid type"), ({"a": [{"b": None}]}, r"b has an invalid"), ("text", "must be")]
)
def test_metadata_that_glance_cannot_keep(metadata: object, said: str) -> None:
    class Odd(Store):
        def add(self, *args: Any, **kwargs: Any) -> Any:
            return (*super().add(*args, **kwargs)[:3], metadata)

    with pytest.raises(exceptions.BackendException, match=said):
        backend.store_add_to_backend("x", BytesIO(b"data"), 4, Odd(cfg.ConfigOpts()))
    assert IMAGES == {}, "an image that nobody knows of is not left behind"


@pytest.mark.parametrize(
    ("args", "kwargs", "values"),
    [
        (("one", BytesIO(b"data"), 4), {}, 4),
        (("one", BytesIO(b"data"), 4, "sha256"), {}, 5),
        (("one", BytesIO(b"data"), 4), {"hashing_algo": "sha256"}, 5),
        (("one", BytesIO(b"data"), 4), {"context": None}, 4),
        (("one", BytesIO(b"data"), 4, None), {}, 4),
        (("one", BytesIO(b"data"), 4, None, None), {}, 4),
        (("one",), {"image_file": BytesIO(b"data"), "image_size": 4}, 4),
        ((), {"image_id": "one", "image_file": BytesIO(b"data"), "image_size": 4, "verifier": None}, 4),
        (("one", BytesIO(b"data"), 4, "sha256", None, None), {}, 5),
    ],
)
def test_add_of_before_and_after_0_26(args: tuple[Any, ...], kwargs: dict[str, Any], values: int) -> None:
    assert len(Store(cfg.ConfigOpts(), "mine").add(*args, **kwargs)) == values
