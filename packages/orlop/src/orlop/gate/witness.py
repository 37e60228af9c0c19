"""The witness: looks at the backend without going through the driver."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from orlop.records import Acl


class Witness(ABC):
    """An independent look at a driver's backend.

    What it says is held against what the driver says; it should reach the backend by other means (a directory listing,
    the vendor's command line, another SDK).
    """

    independent: ClassVar[bool] = True
    """Whether it really goes another way than the driver; the reports say when it does not."""
    in_process: ClassVar[bool] = False
    """The backend lives and dies with the process that opened it. The gate checks that this is so."""

    @abstractmethod
    def names(self) -> set[str]:
        """The backend's own names of everything in the store's place: images, and parts, staged files, uploads."""

    @abstractmethod
    def read(self, location: str) -> bytes | None:
        """The bytes of the image at `location`; None when there is none."""

    def seed(self, image_id: str, data: bytes) -> str:
        """Put an image there by other means, and return its location; needed for stores that only read."""
        raise NotImplementedError(f"{type(self).__name__} must have seed() and unseed(): the store cannot be written")

    def unseed(self, location: str) -> None:
        """Take away again what `seed` has put there."""
        raise NotImplementedError(f"{type(self).__name__} must have seed() and unseed(): the store cannot be written")

    def acl(self, location: str) -> Acl:
        """Who may read and write the image, as the backend says; needed for stores with ACL."""
        raise NotImplementedError(f"{type(self).__name__} must have acl(): the store has ACL")

    def server_version(self) -> str | None:
        """The version of the backend's server, for the report; None where there is none."""
        return None

    def sweep(self) -> None:
        """Remove the place itself and all that is in it; called once, after a run in a scratch place."""
        return
