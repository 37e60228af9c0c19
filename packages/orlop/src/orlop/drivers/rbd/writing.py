"""Writing one block of an image.

A write that is waited for in librbd copies its block first, one that is begun and waited for here need not: a tenth
less work for the processor, and a block less in memory for each one in flight (measured with Ceph 16.2).
"""

from __future__ import annotations

from typing import Any

from orlop.drivers.rbd.modules import Modules

WITHOUT_COPY = ("rbd_disable_zero_copy_writes", "false")
"""The option of Ceph's. It is safe here: nobody changes a block, and it is kept until its write has ended."""


def write_whole(modules: Modules, image: Any, offset: int, block: bytes) -> None:
    """Write a block, and wait until the OSDs have it.

    Raises:
        rbd.OSError: with the error number.
    """
    write = image.aio_write(block, offset, _ended)
    write.wait_for_complete_and_cb()
    if (result := write.get_return_value()) < 0:
        raise modules.rbd.OSError(f"error writing {len(block)} bytes at {offset}", errno=-result)


def _ended(_: Any) -> None:
    return
