"""An image of librbd that is open, shared by threads."""

from __future__ import annotations

from typing import Any, ClassVar

from orlop.drivers.rbd.connection import Pool
from orlop.drivers.rbd.lifetimes import Held
from orlop.drivers.rbd.modules import Modules
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


def at_snapshot(modules: Modules, pool: Pool, name: str, snapshot: str | None, *, read_only: bool = True) -> Any:
    """Open librbd's image of this name, at a snapshot, or as it is now (None).

    Not by `rbd.Image(..., snapshot=...)`: librbd (16.2) then says that the image is open while one of its threads is
    still about to take a lock in it. If it is closed at once, it is freed under that thread, and the process ends by
    SIGABRT or SIGSEGV, seldom and anywhere. Opening without a snapshot, and `set_snap`, are over before that.
    """
    image = modules.rbd.Image(pool.ioctx, name, read_only=read_only)
    if snapshot is not None:
        try:
            image.set_snap(snapshot)
        except BaseException:
            image.close()
            raise
    return image
