"""The store of glance_store's API, over `orlop.Store`: what all of our drivers have in common."""

from __future__ import annotations

import functools
import logging
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar

from orlop.capabilities import Capability
from orlop.configuration import settings_of
from orlop.errors import InvalidSettings, NotFound, Unsupported
from orlop.lifecycle.admission import admit
from orlop.records import Acl, Severity
from orlop.store import Store as OrlopStore
from orlop.stores import open_settings
from oslo_config import cfg

from glance_store import capabilities, driver, exceptions
from glance_store._bridge.bits import mask
from glance_store._bridge.errors import translated
from glance_store._bridge.gone import require_usable
from glance_store._bridge.options import Option, by_option_names, settings_from
from glance_store._bridge.orlop_settings import ORLOP_OPTION
from glance_store._bridge.reading import Pieces
from glance_store._bridge.scrutiny import Watching, kept_by_glance, require_algorithm, size_of
from glance_store.capabilities import BitMasks

LOG = logging.getLogger(__name__)


def _opened_first(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Open the store, where its options were wrong at the start and may be right now, before its capabilities count."""

    @functools.wraps(operation)
    def call(self: Store, *args: Any, **kwargs: Any) -> Any:
        with translated(operation.__name__, self.name):
            _ = self.orlop
        return operation(self, *args, **kwargs)

    return call


class Store(driver.Store):
    """One configured store of a driver of ours."""

    DRIVER: ClassVar[str]
    """The name of orlop's driver."""
    TABLE: ClassVar[Sequence[Option]]
    """The driver's options."""
    SCHEMES: ClassVar[tuple[str, ...]]
    """The schemes of its locations."""
    _CAPABILITIES = BitMasks.READ_RANDOM | BitMasks.RW_ACCESS | BitMasks.DRIVER_REUSABLE
    MULTI_BACKEND_OPTIONS = [*driver._MULTI_BACKEND_OPTS, ORLOP_OPTION]

    def __init__(self, conf: cfg.ConfigOpts, backend: str | None = None) -> None:
        super().__init__(conf, backend)
        self._opened: OrlopStore | None = None
        self._lock = threading.Lock()

    # Configuration

    @property
    def name(self) -> str:
        """How messages call this store: by its identifier, or by its driver where it has none."""
        return self.backend_group or self.DRIVER

    @functools.cached_property
    def store_conf(self) -> Any:
        """The values of this store's options."""
        if self.backend_group is None:
            return self.conf["glance_store"]
        return driver.BackendGroupConfiguration(self.OPTIONS or (), self.backend_group, conf=self.conf)

    def get_schemes(self) -> Sequence[str]:
        """The schemes of this store's locations."""
        return self.SCHEMES

    def settings(self) -> dict[str, Any]:
        """What the options say, as settings of orlop's driver."""
        settings = settings_from(self.TABLE, lambda name: getattr(self.store_conf, name))
        if self.backend_group is not None:
            settings.update(self.conf[self.backend_group].orlop_settings or {})
        return settings

    def configure_add(self) -> None:
        """Open the store with the options' values, and see what it can do.

        Raises:
            BadStoreConfiguration: the options are wrong, or nothing can be stored with them.
        """
        with translated("configure", self.name):
            self._use(self.opened())
        assert self._opened is not None
        wrong = [one for one in self._opened.check() if one.severity is Severity.ERROR]
        if not wrong:
            return
        reason = "; ".join(one.message for one in wrong)
        LOG.warning("The store %s cannot be used now: %s", self.name, reason)
        if any(Capability.WRITE_ACCESS in one.lacks for one in wrong):
            raise exceptions.BadStoreConfiguration(store_name=self.name, reason=reason)

    def _refuse(self, error: exceptions.BadStoreConfiguration) -> None:
        """Take no images while the options are wrong; a backend that is not as it should be may be put right."""
        if self._opened is None:
            super()._refuse(error)

    def _use(self, opened: OrlopStore) -> None:
        self._opened = opened
        self._capabilities = mask(opened.capabilities)
        self._refused = ""

    def opened(self) -> OrlopStore:
        """The store that the options describe, opened anew.

        Raises:
            InvalidSettings: they are wrong, or the driver's status does not allow it.
        """
        try:
            settings = settings_of(self.name, {"driver": self.DRIVER, **self._told()})
            if notice := admit(self.DRIVER, self.name, allow_unsupported=settings.allow_unsupported):
                LOG.warning("The store %s: %s", self.name, notice)
                warnings.warn(notice, stacklevel=2)
            return open_settings(self.name, settings)
        except InvalidSettings as error:
            reason = by_option_names(error.reason, self.TABLE, self.name, self.backend_group or "glance_store")
            raise InvalidSettings(reason) from error.__cause__

    @property
    def orlop(self) -> OrlopStore:
        """The store itself, for what glance_store's API does not offer.

        Raises:
            InvalidSettings: the options are wrong; the log of the start says it too.
        """
        with self._lock:
            if self._opened is None:
                self._use(self.opened())
                self.update_capabilities()
                LOG.info("The store %s can be used now", self.name)
            assert self._opened is not None
            return self._opened

    def _told(self) -> dict[str, Any]:
        try:
            return self.settings()
        except ValueError as error:  # a value that is none of its option's; oslo.config looks when it is asked for it
            raise InvalidSettings(str(error)) from None

    def written(self, location: str) -> str:
        """The location of a new image as it is handed out."""
        return location

    @contextmanager
    def acting(self, context: Any) -> Iterator[OrlopStore]:
        """The store for one request; of a store that acts for its users, on behalf of whom the `context` is of."""
        del context
        yield self.orlop

    # Storing and reading

    @driver.back_compat_add
    @_opened_first
    @capabilities.check
    def add(
        self,
        image_id: str,
        image_file: Any,
        image_size: int,
        hashing_algo: str,
        context: Any = None,
        verifier: Any = None,
    ) -> tuple[str, int, str, str, dict[str, Any]]:
        """Store an image, whole or not at all.

        Returns its location, size in bytes, md5, digest by `hashing_algo`, and metadata for the location. Of a
        verifier only `update` is called: its judgement is its owner's.

        Raises:
            Duplicate: there is an image of this id.
            Invalid: fewer or more bytes than `image_size`; 0 and None mean that nobody knows how many.
            StorageFull, StorageWriteDenied, StoreAddDisabled, TimeoutError, BackendException: as their names say.
            UnknownHashingAlgo: there is no such digest.
            Exception: what `image_file` or `verifier` raises, as it is.
        """
        require_algorithm(hashing_algo)
        size = size_of(image_size)
        with translated("add", self.name), self.acting(context) as store:
            receipt = store.put(
                str(image_id),
                image_file,
                size=size,
                digests=tuple(dict.fromkeys(("md5", hashing_algo))),
                verifiers=() if verifier is None else (Watching(verifier),),
            )
        LOG.debug("Stored %d bytes at %s in %.1f s", receipt.size, receipt.location, receipt.seconds)
        metadata = kept_by_glance(receipt.metadata)
        if self.backend_group:
            metadata["store"] = self.backend_group
        digests = receipt.digests
        return self.written(receipt.location), receipt.size, digests["md5"], digests[hashing_algo], metadata

    @_opened_first
    @capabilities.check
    def get(
        self, location: Any, offset: int = 0, chunk_size: int | None = None, context: Any = None
    ) -> tuple[Pieces, int]:
        """The bytes of an image from `offset` on, `chunk_size` of them or all; and how many there are (0: unknown).

        Raises:
            NotFound: there is no such image in this store.
            RemoteServiceUnavailable: the backend cannot be reached, or does not let us read.
            StoreGetNotSupported: the store cannot read that; of a range, StoreRandomGetNotSupported.
        """
        uri, start = location.get_store_uri(), offset or 0
        if start < 0 or (chunk_size or 0) < 0:
            raise exceptions.StoreRandomGetNotSupported(offset=offset, chunk_size=chunk_size)
        with ExitStack() as stack, translated("get", self.name):
            store = stack.enter_context(self.acting(context))
            try:
                reader = store.open(uri, start, None if chunk_size is None else start + chunk_size)
            except Unsupported as error:
                if not start and chunk_size is None:
                    raise
                raise exceptions.StoreRandomGetNotSupported(str(error)) from error
            return Pieces(reader, self.name, stack.pop_all()), reader.size or 0

    def get_size(self, location: Any, context: Any = None) -> int:
        """How many bytes the image has; 0 when the backend does not say.

        Raises:
            NotFound: there is no such image in this store.
            BadStoreUri: the location cannot be read.
        """
        with translated("get_size", self.name), self.acting(context) as store:
            return store.stat(location.get_store_uri()).size or 0

    def delete(self, location: Any, context: Any = None) -> None:
        """Delete an image.

        Raises:
            NotFound: there is no such image.
            Forbidden: the backend does not let us, or the location is not one of this store's.
            InUseByStore: something outside uses it.
            StoreDeleteNotSupported: images of this kind of store cannot be deleted, ever.
            TimeoutError: the backend cannot be reached, or the options are wrong.
        """
        with translated("delete", self.name), self.acting(context) as store:
            if Capability.DELETE not in store.capabilities:
                kind = exceptions.StoreDeleteNotSupported
                raise kind(
                    f"{kind.message} The store {self.name} is read-only, as every one of the {self.DRIVER} driver"
                )
            try:
                store.delete(location.get_store_uri())
            except NotFound:
                self.require_gone(location.get_store_uri())
                raise

    def require_gone(self, location: str) -> None:
        """See that an image which was not found is gone.

        Raises:
            TimeoutError: the store is not as it should be.
        """
        require_usable(self.orlop, location, self.settings_at(location))

    def settings_at(self, location: str) -> dict[str, Any]:
        """What is set otherwise for the place that a location names: images may be elsewhere than new ones go."""
        del location
        return {}

    def set_acls(
        self,
        location: Any,
        public: bool = False,
        read_tenants: list[str] | None = None,
        write_tenants: list[str] | None = None,
        context: Any = None,
    ) -> None:
        """Say in the backend who may read and write an image.

        Raises:
            NotImplementedError: the backend does not know of that.
            BadStoreConfiguration: the store cannot be used.
        """
        with translated("set_acls", self.name), self.acting(context) as store:
            if Capability.ACL not in store.capabilities:
                raise NotImplementedError
            acl = Acl(bool(public), tuple(read_tenants or ()), tuple(write_tenants or ()))
            store.set_acl(location.get_store_uri(), acl)
