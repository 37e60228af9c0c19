"""What a store can do, as bits, and the decorator that holds its methods to it."""

from __future__ import annotations

import enum
import functools
import inspect
import logging
import operator
from collections.abc import Callable, Iterable
from typing import Any

from glance_store import exceptions

LOG = logging.getLogger(__name__)


class BitMasks(enum.IntEnum):
    """The capabilities; a mask contains every mask whose bits it has."""

    NONE = 0x00
    ALL = 0xFF
    READ_ACCESS = 0x01
    READ_OFFSET = 0x02 | READ_ACCESS
    READ_CHUNK = 0x04 | READ_ACCESS
    READ_RANDOM = READ_OFFSET | READ_CHUNK
    WRITE_ACCESS = 0x08
    WRITE_OFFSET = 0x10 | WRITE_ACCESS
    WRITE_CHUNK = 0x20 | WRITE_ACCESS
    WRITE_RANDOM = WRITE_OFFSET | WRITE_CHUNK
    RW_ACCESS = READ_ACCESS | WRITE_ACCESS
    RW_OFFSET = READ_OFFSET | WRITE_OFFSET
    RW_CHUNK = READ_CHUNK | WRITE_CHUNK
    RW_RANDOM = RW_OFFSET | RW_CHUNK
    DRIVER_REUSABLE = 0x40


class StoreCapability:
    """The capabilities of one store: at first those that its class has in `_CAPABILITIES`."""

    _CAPABILITIES: int
    _refused = ""
    """Why the store takes no images although its driver could: what is wrong with its configuration."""

    def __init__(self) -> None:
        self._capabilities = int(getattr(self, "_CAPABILITIES", BitMasks.NONE))

    @property
    def capabilities(self) -> int:
        """All capabilities as one mask."""
        return self._capabilities

    @staticmethod
    def contains(x: int, y: int) -> bool:
        """Whether the mask `x` has every bit of the mask `y`."""
        return x & y == y

    def update_capabilities(self) -> None:
        """Called after the store has been configured: a driver may set or unset what its options and backend allow."""

    def is_capable(self, *capabilities: int) -> bool:
        """Whether the store has all of these capabilities."""
        return self.contains(self.capabilities, _union(capabilities))

    def set_capabilities(self, *dynamic_capabilites: int) -> None:
        """Add these capabilities."""
        self._capabilities |= _union(dynamic_capabilites)

    def unset_capabilities(self, *dynamic_capabilites: int) -> None:
        """Take the bits of these capabilities away; a wider mask that has other bits keeps those."""
        self._capabilities &= ~_union(dynamic_capabilites)


def check(store_op_fun: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a call of a store's `get`, `add` or `delete` that the store is not capable of."""
    operation = store_op_fun.__name__.lower()
    if operation not in _NEEDS:
        LOG.warning("What capabilities %s needs is not known: its calls are not checked.", store_op_fun.__qualname__)
        return store_op_fun
    places = _places(store_op_fun) if operation == "get" else {}

    @functools.wraps(store_op_fun)
    def checked(store: StoreCapability, *args: Any, **kwargs: Any) -> Any:
        span = {name: _given(name, place, (store, *args), kwargs) for name, place in places.items()}
        needs = [_NEEDS[operation], *(_SPAN_NEEDS[name] for name, value in span.items() if value)]
        if not store.is_capable(*needs):
            raise _refusal(operation, span, store._refused)
        return store_op_fun(store, *args, **kwargs)

    return checked


_NEEDS = {"get": BitMasks.READ_ACCESS, "add": BitMasks.WRITE_ACCESS, "delete": BitMasks.WRITE_ACCESS}
_SPAN_NEEDS = {"offset": BitMasks.READ_OFFSET, "chunk_size": BitMasks.READ_CHUNK}


def _refusal(operation: str, span: dict[str, Any], reason: str) -> exceptions.GlanceStoreException:
    if operation == "add":
        return exceptions.StoreAddDisabled(f"{exceptions.StoreAddDisabled.message} {reason}" if reason else None)
    if operation == "delete":
        # Glance forgets an image of a store that never lets one go; a wrong configuration can be put right.
        return exceptions.TimeoutError(reason) if reason else exceptions.StoreDeleteNotSupported()
    if any(span.values()):
        return exceptions.StoreRandomGetNotSupported(offset=span["offset"] or 0, chunk_size=span["chunk_size"])
    return exceptions.StoreGetNotSupported()


def _places(get: Callable[..., Any]) -> dict[str, int | None]:
    """Which positional arguments of this `get` are the offset and the length; drivers are free in their order."""
    names = [
        name
        for name, parameter in inspect.signature(get).parameters.items()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    return {name: names.index(name) if name in names else None for name in _SPAN_NEEDS}


def _given(name: str, place: int | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if place is not None and place < len(args):
        return args[place]
    return kwargs.get(name)


def _union(capabilities: Iterable[int]) -> int:
    return functools.reduce(operator.or_, map(int, capabilities), 0)
