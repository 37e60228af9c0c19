"""One store of each kind, configured in `[glance_store]`; since Rocky superseded by `multi_backend`.

New code uses `orlop.Store`; these functions are what there was before it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, KeysView
from typing import Any

from orlop.location import without_secrets
from oslo_config import cfg

from glance_store import driver, exceptions, location
from glance_store._bridge import own_stores, registry
from glance_store._bridge.broken import BrokenStore
from glance_store._bridge.loading import driver_class, driver_options, new_store
from glance_store._bridge.quiet_glance import hide_passwords

__all__ = [
    "Indexable",
    "add_to_backend",
    "add_to_backend_with_multihash",
    "check_location_metadata",
    "create_stores",
    "delete_from_backend",
    "get_from_backend",
    "get_known_schemes",
    "get_size_from_backend",
    "get_store_from_location",
    "get_store_from_scheme",
    "get_store_from_uri",
    "register_opts",
    "set_acls",
    "store_add_to_backend",
    "store_add_to_backend_with_multihash",
    "verify_default_store",
]

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

_GROUP = "glance_store"
_STORE_OPTS = [
    cfg.ListOpt(
        "stores",
        default=["file", "http"],
        deprecated_for_removal=True,
        deprecated_since="Rocky",
        deprecated_reason="enabled_backends in [DEFAULT] does the same, and allows several stores of one kind.",
        help="The drivers of the stores to bring up, each configured in this group.",
    ),
    cfg.StrOpt(
        "default_store",
        default="file",
        choices=(
            "file",
            "filesystem",
            "http",
            "https",
            "swift",
            "swift+http",
            "swift+https",
            "swift+config",
            "rbd",
            "cinder",
            "vsphere",
            "s3",
        ),
        deprecated_for_removal=True,
        deprecated_since="Rocky",
        deprecated_reason="default_backend does the same for the stores of enabled_backends.",
        help="The scheme of the store that takes new images.",
    ),
]


def _list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    drivers = [option for options in driver_options().values() for option in options]
    return [(_GROUP, _STORE_OPTS), (_GROUP, drivers)]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Declare the options of the group `[glance_store]`, those of all drivers among them."""
    for group, options in _list_opts():
        driver.register(conf, options, group)


def _load_store(conf: cfg.ConfigOpts | None, store_entry: str, invoke_load: bool = True) -> Any:
    """A store that is not configured yet, or its class; None, and a warning, when there is no such driver.

    Glance makes its staging store with this.
    """
    try:
        return new_store(conf, store_entry) if invoke_load and conf is not None else driver_class(store_entry)
    except exceptions.DriverLoadFailure as error:
        LOG.warning("%s; the store is left out", error)
        return None


def create_stores(conf: cfg.ConfigOpts = CONF) -> int:
    """Bring up the stores that `stores` names; returns how many work.

    A broken one does not hurt the others: it is logged, and refuses its use with the reason.

    Raises:
        BackendException: a driver names no schemes.
    """
    hide_passwords()
    return sum(registry.bring_up(conf, entry) for entry in dict.fromkeys(conf.glance_store.stores))


def verify_default_store() -> None:
    """See that the store which takes new images is there.

    Deprecated since Rocky: `verify_store` does it for stores with identifiers.

    Raises:
        RuntimeError: it is not, or it cannot be used.
    """
    scheme = CONF.glance_store.default_store
    try:
        store = get_store_from_scheme(scheme)
    except exceptions.UnknownScheme:
        raise RuntimeError(f"Store for scheme {scheme} not found") from None
    if isinstance(store, BrokenStore):
        raise RuntimeError(store.reason)  # noqa: TRY004 - of this function everyone expects it


def get_known_schemes() -> KeysView[str]:
    """The schemes of all stores."""
    return location.SCHEME_TO_CLS_MAP.keys()


def get_store_from_scheme(scheme: str) -> Any:
    """The store that serves a scheme.

    Deprecated: a store is found by its identifier, `get_store_from_store_identifier`.

    Raises:
        UnknownScheme: none does.
    """
    return registry.find_by_scheme(CONF, scheme)


def get_store_from_uri(uri: str) -> Any:
    """The store that serves the scheme of a location. Deprecated, see `get_store_from_scheme`.

    Raises:
        UnknownScheme: none does.
    """
    return registry.find_by_scheme(CONF, uri.partition(":")[0].lower())


def get_store_from_location(uri: str) -> str:
    """The name (its scheme) of the store of a location. Deprecated, see `get_store_from_scheme`.

    Raises:
        UnknownScheme: no store serves its scheme.
        BadStoreUri: it is malformed.
    """
    return location.get_location_from_uri(uri, conf=CONF).store_name


def get_from_backend(uri: str, offset: int = 0, chunk_size: int | None = None, context: Any = None) -> tuple[Any, int]:
    """The bytes of an image in pieces, and how many there are: from `offset` on, `chunk_size` of them or all."""
    place = location.get_location_from_uri(uri, conf=CONF)
    found: tuple[Any, int] = _store_of(uri).get(place, offset=offset, chunk_size=chunk_size, context=context)
    return found


def get_size_from_backend(uri: str, context: Any = None) -> int:
    """How many bytes the image at a location has."""
    place = location.get_location_from_uri(uri, conf=CONF)
    return int(_store_of(uri).get_size(place, context=context))


def delete_from_backend(uri: str, context: Any = None) -> Any:
    """Delete the image at a location."""
    place = location.get_location_from_uri(uri, conf=CONF)
    return _store_of(uri).delete(place, context=context)


def check_location_metadata(val: Any, key: str = "") -> None:
    """See that the metadata of a location are texts, and lists and dictionaries of such.

    Raises:
        BackendException: they are not; it names the key.
    """
    if isinstance(val, dict):
        for name, item in val.items():
            check_location_metadata(item, key=name)
    elif isinstance(val, list):
        for place, item in enumerate(val):
            check_location_metadata(item, key=f"{key}[{place}]")
    elif not isinstance(val, str):
        raise exceptions.BackendException(
            f"The image metadata key {key} has an invalid type of {type(val)}. "
            "Only dict, list, and unicode are supported."
        )


def store_add_to_backend(
    image_id: str, data: Any, size: int, store: Any, context: Any = None, verifier: Any = None
) -> tuple[Any, ...]:
    """Store an image in a store; returns its location, size, md5 and the location's metadata.

    Deprecated since 0.26: `store_add_to_backend_with_multihash` also gives a digest that can be trusted.
    """
    return _checked(store, store.add(image_id, data, size, context=context, verifier=verifier))


def store_add_to_backend_with_multihash(
    image_id: str, data: Any, size: int, hashing_algo: str, store: Any, context: Any = None, verifier: Any = None
) -> tuple[Any, ...]:
    """Store an image in a store; returns its location, size, md5, digest by `hashing_algo` and the location's metadata.

    Raises:
        UnknownHashingAlgo: there is no such digest.
        BackendException: the store's metadata are none.
    """
    if hashing_algo not in hashlib.algorithms_available:
        raise exceptions.UnknownHashingAlgo(algo=hashing_algo)
    return _checked(store, store.add(image_id, data, size, hashing_algo, context=context, verifier=verifier))


def add_to_backend(
    conf: cfg.ConfigOpts,
    image_id: str,
    data: Any,
    size: int,
    scheme: str | None = None,
    context: Any = None,
    verifier: Any = None,
) -> tuple[Any, ...]:
    """Store an image in the store of `scheme`, or of `default_store`; see `store_add_to_backend`."""
    store = registry.find_by_scheme(conf, scheme if scheme is not None else conf.glance_store.default_store)
    return store_add_to_backend(image_id, data, size, store, context, verifier)


def add_to_backend_with_multihash(
    conf: cfg.ConfigOpts,
    image_id: str,
    data: Any,
    size: int,
    hashing_algo: str,
    scheme: str | None = None,
    context: Any = None,
    verifier: Any = None,
) -> tuple[Any, ...]:
    """Store an image in the store of `scheme`, or of `default_store`; see `store_add_to_backend_with_multihash`."""
    store = registry.find_by_scheme(conf, scheme if scheme is not None else conf.glance_store.default_store)
    return store_add_to_backend_with_multihash(image_id, data, size, hashing_algo, store, context, verifier)


def set_acls(
    location_uri: str,
    public: bool = False,
    read_tenants: list[str] = [],  # noqa: B006 - never changed; the signature is glance_store's
    write_tenants: list[str] | None = None,
    context: Any = None,
) -> None:
    """Say in the backend who may read and write an image; a store without access lists takes no notice."""
    place = location.get_location_from_uri(location_uri, conf=CONF)
    set_store_acls(get_store_from_uri(location_uri), place, public, read_tenants, write_tenants, context)


def set_store_acls(
    store: Any,
    place: location.Location,
    public: bool,
    read_tenants: list[str],
    write_tenants: list[str] | None,
    context: Any,
) -> None:
    """Set the access lists of an image, where its store has them."""
    try:
        store.set_acls(
            place,
            public=public,
            read_tenants=list(read_tenants),
            write_tenants=list(write_tenants or ()),
            context=context,
        )
    except NotImplementedError:
        LOG.debug("The store has no access lists")


class Indexable:
    """A stream that also gives its pieces by index, for clients that read data in that way.

    Of an index only its start counts: what lies before the piece at hand is gone.
    """

    def __init__(self, wrapped: Any, size: int | None) -> None:
        self.wrapped = wrapped
        self.size = int(size) if size else int(getattr(wrapped, "len", 0))
        self.cursor = 0
        self.chunk: Any = None

    def __iter__(self) -> Iterator[Any]:
        for chunk in self.wrapped:
            self.chunk = chunk
            yield chunk

    def __getitem__(self, i: slice | int) -> Any:
        start = (i.start or 0) if isinstance(i, slice) else i
        if start < self.cursor:
            return self.chunk[start - self.cursor :]
        self.chunk = self.another()
        if self.chunk:
            self.cursor += len(self.chunk)
        return self.chunk

    def another(self) -> Any:
        """The next piece; what a driver's class defines."""
        raise NotImplementedError

    def getvalue(self) -> Any:
        """All that the stream holds, where it can say that."""
        return self.wrapped.getvalue()

    def __len__(self) -> int:
        return self.size


def _store_of(uri: str) -> Any:
    """The store of a location: one that the service made for itself where it is in that one's directory."""
    return own_stores.holding(uri) or get_store_from_uri(uri)


def _checked(store: Any, added: tuple[Any, ...]) -> tuple[Any, ...]:
    """What `add` returned, its metadata being such that Glance can keep them; else the image is removed again."""
    metadata = added[-1]
    if metadata is None:
        return added
    try:
        if not isinstance(metadata, dict):
            raise exceptions.BackendException(
                f"The storage driver {store} returned invalid metadata {metadata}. This must be a dictionary type"
            )
        try:
            check_location_metadata(metadata)
        except exceptions.BackendException as error:
            raise exceptions.BackendException(
                f"A bad metadata structure was returned from the {store} storage driver: {metadata}. {error}"
            ) from None
    except exceptions.BackendException:
        _remove(store, added[0])
        raise
    return added


def _remove(store: Any, uri: str) -> None:
    """Remove an image of which nobody will know; its next upload would find it in the way."""
    group = {"backend": store.backend_group} if store.backend_group else {}
    try:
        kind = store.get_store_location_class()
        store.delete(location.Location(uri.partition(":")[0], kind, store.conf, uri=uri, **group))
    except Exception as error:  # noqa: BLE001 - of a driver of others anything may come, and the first error counts
        LOG.warning("An image that was stored at %s is left there: %s", without_secrets(uri), error)
