"""Any location at all: only the documented exceptions, no secret shown, nothing touched outside of the stores."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import glance_store
import pytest
import stamina
from glance_store import exceptions, location
from hypothesis import given, settings
from hypothesis import strategies as st
from oslo_config import cfg

from tests.facade import watch
from tests.facade.uris import SECRET, may_hold_secret, uris, with_oddities

DEEP = 3_000
EXAMPLES = [
    pytest.param(120, id="quick"),
    pytest.param(DEEP, id="deep", marks=[pytest.mark.slow, pytest.mark.timeout(1800)]),
]
IMAGE = bytes(range(256)) * 20
OUTSIDE = b"not an image of this store"
LOOKUP = (exceptions.UnknownScheme, exceptions.BadStoreUri)
READ = (*LOOKUP, exceptions.NotFound, exceptions.RemoteServiceUnavailable, exceptions.StoreGetNotSupported)
DELETE = (
    *LOOKUP,
    exceptions.NotFound,
    exceptions.Forbidden,
    exceptions.StoreDeleteNotSupported,
    exceptions.TimeoutError,
)
BACKENDS = {
    "fast": "file",
    "slow": "file",
    "web": "http",
    "s": "swift",
    "r": "rbd",
    "c": "cinder",
    "o": "s3",
    "v": "vmware",
}


@dataclass
class Place:
    """A configuration of two file stores and what lies around their directories."""

    root: Path
    files: watch.Files

    @property
    def images(self) -> Path:
        return self.root / "deep/images"

    def paths(self) -> st.SearchStrategy[str]:
        """Paths to an image, and by every way to what is none."""
        images = str(self.images)
        return with_oddities(
            [
                f"{images}/image",
                f"{images}//image",
                f"{images}/./image",
                f"{images}/../images/image",
                f"{images}/../beside",
                f"{images}/%2e%2e/beside",
                f"{images}/..%2fbeside",
                f"{images}/link",
                f"{images}/within/inner",
                f"{images}-2/sibling",
                images,
                f"{images}/",
                f"{images}/.",
                str(self.root),
            ]
        )

    def outside(self) -> dict[str, bytes]:
        """Every file that is no image, with its content."""
        kept = {self.images / "image", self.images / "link"}
        return {
            str(path): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and path not in kept and not path.name.startswith(".")
        }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with pytest.MonkeyPatch.context() as patch, stamina.set_testing(True, attempts=1):
        patch.setattr(location, "SCHEME_TO_CLS_MAP", {})
        patch.setattr(location, "SCHEME_TO_CLS_BACKEND_MAP", {})
        patch.setattr(socket, "getaddrinfo", _no_network)
        made = Place(tmp_path_factory.mktemp("fuzz"), watch.Files())
        conf = _configure(made)
        patch.setattr(glance_store.backend, "CONF", conf)
        patch.setattr(glance_store.multi_backend, "CONF", conf)
        _put_image(made)
        for outside in ("deep/beside", "deep/images/within/inner", "deep/images-2/sibling"):
            path = made.root / outside
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(OUTSIDE)
        (made.images / "link").symlink_to("../beside")
        yield made


def _no_network(*args: Any, **kwargs: Any) -> Any:
    raise socket.gaierror(socket.EAI_NONAME, "there is no network in this test")


def _configure(place: Place) -> cfg.ConfigOpts:
    conf = cfg.ConfigOpts()
    conf.register_opt(cfg.DictOpt("enabled_backends", default=BACKENDS))
    glance_store.register_opts(conf)
    glance_store.register_store_opts(conf)
    conf([], default_config_files=[])
    conf.set_override("stores", ["file", "http"], "glance_store")
    conf.set_override("filesystem_store_datadir", str(place.images), "glance_store")
    conf.set_override("filesystem_store_datadir", str(place.images), "fast")
    conf.set_override("filesystem_store_datadir", str(place.root / "slow"), "slow")
    conf.set_override("default_backend", "fast", "glance_store")
    glance_store.create_stores(conf)
    glance_store.create_multi_stores(conf)
    return conf


def _put_image(place: Place) -> None:
    if not (place.images / "image").exists():
        store = glance_store.get_store_from_store_identifier("fast")
        store.add("image", io.BytesIO(IMAGE), len(IMAGE), "sha256")


def _attempt(uri: str, allowed: tuple[type[Exception], ...], call: Callable[[], Any]) -> Any:
    """What the call gives; None when it is refused in one of the allowed ways."""
    with watch.log() as log:
        try:
            result, texts = call(), ""
        except allowed as error:
            result, texts = None, watch.told(error)
        if may_hold_secret(uri):
            assert SECRET not in texts
            assert SECRET not in "\n".join(log.lines)
        return result


def _each(examples: int, check: Callable[..., None], *args: st.SearchStrategy[Any]) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(st.tuples(*args))
    def each(drawn: tuple[Any, ...]) -> None:
        check(*drawn)

    each()


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_location_is_one_or_is_refused(examples: int, place: Place) -> None:
    def check(uri: str, backend: str) -> None:
        for look in (
            lambda: glance_store.location.get_location_from_uri(uri),
            lambda: glance_store.location.get_location_from_uri_and_backend(uri, backend),
        ):
            found = _attempt(uri, LOOKUP, look)
            if found is not None:
                assert found.get_store_uri() == uri
                assert SECRET not in f"{found!r} {found.store_location!r}" or not may_hold_secret(uri)

    _each(examples, check, uris(place.paths()), st.sampled_from([*BACKENDS, "", "none"]))


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_store_is_found_or_not(examples: int, place: Place) -> None:
    def check(uri: str) -> None:
        for look in (
            lambda: glance_store.get_store_from_uri(uri),
            lambda: glance_store.get_store_from_location(uri),
            lambda: glance_store.get_store_from_scheme(uri),
        ):
            found = _attempt(uri, LOOKUP, look)
            assert found is None or isinstance(found, str | glance_store.Store)

    _each(examples, check, uris(place.paths()))


@pytest.mark.parametrize("examples", EXAMPLES)
def test_reading(examples: int, place: Place) -> None:
    def check(uri: str, backend: str | None, offset: int, length: int | None) -> None:
        with place.files.watched() as touched:
            for get in (
                lambda: glance_store.get_from_backend(uri, offset=offset, chunk_size=length),
                lambda: glance_store.get(uri, backend, offset=offset, chunk_size=length),
            ):
                answer = _attempt(uri, READ, get)
                if answer is not None:
                    pieces, size = answer
                    wanted = IMAGE[offset:] if length is None else IMAGE[offset : offset + length]
                    assert (b"".join(pieces), size) == (wanted, len(wanted))
        _nothing_outside(place, uri, touched)

    offsets = st.one_of(st.just(0), st.integers(0, len(IMAGE) + 3), st.integers(min_value=0))
    lengths = st.one_of(st.none(), st.integers(0, len(IMAGE) + 3), st.integers(min_value=0))
    _each(examples, check, uris(place.paths()), _backends(), offsets, lengths)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_sizes(examples: int, place: Place) -> None:
    def check(uri: str, backend: str | None) -> None:
        with place.files.watched() as touched:
            for get_size in (
                lambda: glance_store.get_size_from_backend(uri),
                lambda: glance_store.get_size_from_uri_and_backend(uri, backend),
            ):
                assert _attempt(uri, READ, get_size) in (None, len(IMAGE))
        _nothing_outside(place, uri, touched)

    _each(examples, check, uris(place.paths()), _backends())


@pytest.mark.parametrize("examples", EXAMPLES)
def test_deleting(examples: int, place: Place) -> None:
    before = place.outside()

    def check(uri: str, backend: str | None) -> None:
        with place.files.watched() as touched:
            _attempt(uri, DELETE, lambda: glance_store.delete_from_backend(uri))
            _attempt(uri, DELETE, lambda: glance_store.delete(uri, backend))
        assert place.outside() == before
        _nothing_outside(place, uri, touched)
        _put_image(place)

    _each(examples, check, uris(place.paths()), _backends())


@pytest.mark.parametrize("examples", EXAMPLES)
def test_access(examples: int, place: Place) -> None:
    def check(uri: str, backend: str | None) -> None:
        _attempt(uri, LOOKUP, lambda: glance_store.set_acls(uri, public=True))
        unusable = (*LOOKUP, exceptions.BadStoreConfiguration)
        _attempt(uri, unusable, lambda: glance_store.set_acls_for_multi_store(uri, backend, read_tenants=["a"]))

    _each(examples, check, uris(place.paths()), st.sampled_from([*BACKENDS, "", "none"]))


def _backends() -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), st.sampled_from([*BACKENDS, "", "none"]))


def _nothing_outside(place: Place, uri: str, touched: set[str]) -> None:
    if not may_hold_secret(uri):  # a path
        assert {path for path in touched if not path.startswith((f"{place.images}/", f"{place.root}/slow/"))} <= {
            str(place.images),
            f"{place.root}/slow",
        }
