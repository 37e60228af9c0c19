"""What a driver of glance_store is: the class that drivers of others derive from, as they always have.

Our own stores derive from it too, in `_bridge/store.py`; there they are a few lines each over `orlop.Store`.
"""

from __future__ import annotations

import functools
import importlib
import logging
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from oslo_config import cfg

from glance_store import capabilities, exceptions

__all__ = ["SHARED_CONF_GROUP", "BackendGroupConfiguration", "Store", "back_compat_add"]

LOG = logging.getLogger(__name__)

CONF = cfg.CONF
SHARED_CONF_GROUP = "backend_defaults"
"""The group with the values of all stores that do not say otherwise."""

_MULTI_BACKEND_OPTS = [
    cfg.StrOpt("store_description", help="What this store is for, in words for those who choose one."),
    cfg.IntOpt(
        "weight",
        default=0,
        help="Where an image is in several stores, the one with the larger weight is read first.",
    ),
]
_HASHING_ALGO_PLACE = 4
"""Where `hashing_algo` stands among the arguments of `add`, the store itself being the first."""


class Store(capabilities.StoreCapability):
    """One configured store; without `backend` it is the only one of its kind, configured in `[glance_store]`."""

    OPTIONS: ClassVar[Sequence[cfg.Opt] | None] = None
    MULTI_BACKEND_OPTIONS: ClassVar[Sequence[cfg.Opt] | None] = _MULTI_BACKEND_OPTS
    READ_CHUNKSIZE = 4 * 1024 * 1024
    WRITE_CHUNKSIZE = READ_CHUNKSIZE

    def __init__(self, conf: cfg.ConfigOpts, backend: str | None = None) -> None:
        super().__init__()
        self.conf = conf
        self.backend_group = backend
        self.store_location_class: type[Any] | None = None
        self._url_prefix: str | tuple[str, ...] | None = None
        if self.OPTIONS is not None:
            if backend and self.MULTI_BACKEND_OPTIONS is not None:
                register(conf, self.MULTI_BACKEND_OPTIONS, backend)
            register(conf, self.OPTIONS, backend or "glance_store")
            register(conf, self.OPTIONS, SHARED_CONF_GROUP)

    @property
    def url_prefix(self) -> str | tuple[str, ...] | None:
        """What the locations of this store begin with; an image without a known store is found by it."""
        return self._url_prefix

    @property
    def weight(self) -> int:
        """The larger, the earlier this store is read."""
        return 0 if self.backend_group is None else int(self.conf[self.backend_group].weight)

    def configure(self, re_raise_bsc: bool = False) -> None:
        """Take the options' values, and lose WRITE_ACCESS where they do not suffice for storing."""
        try:
            self.configure_add()
        except exceptions.BadStoreConfiguration as error:
            self._refuse(error)
            if re_raise_bsc:
                raise
        finally:
            self.update_capabilities()

    def _refuse(self, error: exceptions.BadStoreConfiguration) -> None:
        """Take no images, and say why at each attempt."""
        self._refused = str(error)
        self.unset_capabilities(capabilities.BitMasks.WRITE_ACCESS)
        LOG.warning("The store %s takes no images: %s", self.backend_group or type(self).__module__, error)

    def get_schemes(self) -> Sequence[str]:
        """The schemes of this store's locations."""
        raise NotImplementedError

    def get_store_location_class(self) -> type[Any]:
        """The class that knows the locations of this store: `StoreLocation` in the driver's module."""
        if not self.store_location_class:
            self.store_location_class = importlib.import_module(self.__module__).StoreLocation
        assert self.store_location_class is not None
        return self.store_location_class

    def configure_add(self) -> None:
        """Take the options' values that storing needs.

        Raises:
            BadStoreConfiguration: they do not suffice.
        """

    @capabilities.check
    def get(
        self, location: Any, offset: int = 0, chunk_size: int | None = None, context: Any = None
    ) -> tuple[Any, int]:
        """The bytes of an image from `offset` on, `chunk_size` of them or all, in pieces; and how many there are.

        Raises:
            NotFound: there is no such image.
        """
        raise NotImplementedError

    def get_size(self, location: Any, context: Any = None) -> int:
        """How many bytes the image has.

        Raises:
            NotFound: there is no such image.
        """
        raise NotImplementedError

    @capabilities.check
    def add(
        self,
        image_id: str,
        image_file: Any,
        image_size: int,
        hashing_algo: str,
        context: Any = None,
        verifier: Any = None,
    ) -> Any:
        """Store an image of `image_size` bytes (0: nobody knows).

        Returns its location, size, md5, digest by `hashing_algo`, and metadata for the location.

        Raises:
            Duplicate: there is an image of this id.
        """
        raise NotImplementedError

    @capabilities.check
    def delete(self, location: Any, context: Any = None) -> None:
        """Delete an image.

        Raises:
            NotFound: there is no such image.
        """
        raise NotImplementedError

    def set_acls(
        self,
        location: Any,
        public: bool = False,
        read_tenants: list[str] | None = None,
        write_tenants: list[str] | None = None,
        context: Any = None,
    ) -> None:
        """Say in the backend who may read and write an image."""
        raise NotImplementedError


def register(conf: cfg.ConfigOpts, options: Sequence[cfg.Opt], group: str) -> None:
    """Register options; one that the group has already, declared in another way, stays as it is."""
    for option in options:
        try:
            conf.register_opt(option, group=group)
        except cfg.DuplicateOptError:
            LOG.debug("[%s] %s was registered before", group, option.dest)


def back_compat_add(store_add_fun: Callable[..., Any]) -> Callable[..., Any]:
    """Let `add` be called without `hashing_algo`, as before 0.26: then it returns four values and not five."""

    @functools.wraps(store_add_fun)
    def add(*args: Any, **kwargs: Any) -> Any:
        place = _HASHING_ALGO_PLACE
        positional = len(args) > place and isinstance(args[place], str)
        if positional or "hashing_algo" in kwargs or len(args) + len(kwargs) == place + 3:
            return store_add_fun(*args, **kwargs)
        url, size, checksum, _, metadata = store_add_fun(*args[:place], *_md5(args, kwargs), *args[place:], **kwargs)
        return url, size, checksum, metadata

    return add


def _md5(args: Sequence[Any], kwargs: dict[str, Any]) -> Sequence[str]:
    """What fills the place of `hashing_algo`: by name where the arguments before it are given by name."""
    if len(args) >= _HASHING_ALGO_PLACE:
        return ("md5",)
    kwargs["hashing_algo"] = "md5"
    return ()


class BackendGroupConfiguration:
    """The values of one store: those of its group, else those of `[backend_defaults]`, else the options' defaults.

    A group that was given a default of its own (the reserved stores' are) keeps it. No default is changed, so that
    reading the group itself still gives what the operator wrote.
    """

    def __init__(
        self, store_opts: Sequence[cfg.Opt], config_group: str | None = None, conf: cfg.ConfigOpts | None = None
    ) -> None:
        self.config_group = config_group
        self.conf = conf or CONF
        self._defaults: dict[str, Any] = {}
        self.append_config_values(store_opts)

    def append_config_values(self, store_opts: Sequence[cfg.Opt]) -> None:
        """Take more options in."""
        register(self.conf, store_opts, SHARED_CONF_GROUP)
        if self.config_group:
            register(self.conf, store_opts, self.config_group)
        self._defaults.update((option.dest, option.default) for option in store_opts)

    def set_default(self, opt_name: str, default: Any) -> None:
        """Change the default of all stores."""
        self.conf.set_default(opt_name, default, group=SHARED_CONF_GROUP)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of an option; `default` when there is no such option."""
        return getattr(self, key, default)

    def __getattr__(self, opt_name: str) -> Any:
        if opt_name.startswith("_"):
            raise AttributeError(opt_name)
        group = self.config_group
        if group is None or group == SHARED_CONF_GROUP:
            return getattr(self.conf[SHARED_CONF_GROUP], opt_name)
        value = getattr(self.conf[group], opt_name)
        if opt_name not in self._defaults or value != self._defaults[opt_name]:
            return value
        found = self.conf.get_location(opt_name, group)
        if found is not None and found.location is not cfg.Locations.opt_default:
            return value
        return getattr(self.conf[SHARED_CONF_GROUP], opt_name)
