"""What a store can do.

The first six names are those of OpenStack's store-capabilities specification (Kilo); the others continue them in kind.
A driver declares the most it can do; settings and what `check()` finds at run time narrow that. What is declared is
proved by the gate, and what is not declared raises `Unsupported`.
"""

from __future__ import annotations

from enum import Flag, auto


class Capability(Flag):
    """One thing that a store can do; a store has a set of them."""

    NONE = 0
    READ_ACCESS = auto()
    """Images can be read."""
    READ_OFFSET = auto()
    """Reading can start anywhere, and from several threads at once."""
    READ_CHUNK = auto()
    """Reading can end anywhere."""
    WRITE_ACCESS = auto()
    """Images can be put."""
    DRIVER_REUSABLE = auto()
    """One driver object serves any number of calls and threads. Every orlop driver has it."""
    DELETE = auto()
    """Images can be deleted."""
    SPARSE = auto()
    """Zeros need not be written; holes take no space."""
    ATOMIC = auto()
    """An image appears whole or not at all, also when the writer is killed."""
    LIST = auto()
    """The images of the store can be listed."""
    COPY = auto()
    """The backend copies an image by itself, without its bytes passing through this process."""
    ACL = auto()
    """Who may read an image can be set in the backend."""
    SPACE = auto()
    """The store knows its size and free space."""
    DIGESTS = auto()
    """Digests are kept with the image, so that it can be verified years later."""

    READ_RANDOM = READ_OFFSET | READ_CHUNK
    """Any range can be read."""


def names(capabilities: Capability) -> list[str]:
    """The names of the single capabilities in a set, in the order of their declaration."""
    return [one.name for one in Capability if one.name and one in capabilities]
