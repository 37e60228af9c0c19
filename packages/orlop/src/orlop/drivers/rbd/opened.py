"""An image of librbd that is open, shared by threads."""

from __future__ import annotations

from typing import Any, ClassVar

from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.lifetimes import Held
from orlop.support.refcounted import Refcounted


class OpenImage(Held):
    """An open image. librbd must not close it while a thread is in it, so the last user does.

    pool: where it is, which also keeps the connection alive.
    handle: librbd's image, for the length of a `with` block.
    """

    closing_turn: ClassVar[int | None] = 1

    def __init__(self, pool: Pool, image: Any) -> None:
        super().__init__()
        self.pool = pool
        self.handle: Refcounted[Any] = Refcounted(image, lambda open_image: open_image.close(), what="the image")

    def close(self) -> None:
        """Close it, now or when its last user is done; again is harmless."""
        self.handle.close()

    def wait_closed(self) -> None:
        """Close it, and wait until it is closed: what is open here counts as in use."""
        self.handle.close()
        self.handle.wait_closed()

    def held(self) -> tuple[object, ...]:
        return (self.handle.peek(), self.pool)

    def let_go(self) -> None:
        self.handle.disown()
