"""A store of a driver that orlop does not have yet: its options are known, its use is refused."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from orlop.errors import InvalidSettings
from oslo_config import cfg

from glance_store._bridge.options import Option
from glance_store._bridge.store import Store
from glance_store.capabilities import BitMasks


class UnbuiltStore(Store):
    """Lets an old configuration be read, and says that this store cannot be used yet."""

    PROPERTIES: ClassVar[dict[str, str]] = {}
    """Attributes that Glance shows of a store, and the options they are."""
    _CAPABILITIES = BitMasks.READ_ACCESS | BitMasks.WRITE_ACCESS | BitMasks.DRIVER_REUSABLE

    def opened(self) -> NoReturn:
        """Refuse.

        Raises:
            InvalidSettings: always.
        """
        raise InvalidSettings(
            f"the {self.DRIVER} driver is not built yet in this release of glance-store; keep 5.7 until it is"
        )

    def __getattr__(self, name: str) -> Any:
        option = type(self).PROPERTIES.get(name)
        if option is None:
            raise AttributeError(f"{type(self).__module__}.Store has no {name!r}")
        return getattr(self.store_conf, option)


def text(name: str, about: str, default: str | None = None, **more: Any) -> Option:
    """An option that is a text."""
    return Option(name, None, {"default": default, "help": about, **more}, cfg.StrOpt)


def number(name: str, about: str, default: int, **more: Any) -> Option:
    """An option that is a whole number."""
    return Option(name, None, {"default": default, "help": about, **more}, cfg.IntOpt)


def flag(name: str, about: str, *, default: bool = False, **more: Any) -> Option:
    """An option that is on or off."""
    return Option(name, None, {"default": default, "help": about, **more}, cfg.BoolOpt)
