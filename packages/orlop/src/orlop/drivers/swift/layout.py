"""The names inside a container: an image has its id, everything else is below `.orlop/`, where no image can be."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

ROOT = ".orlop/"
SEGMENTS = f"{ROOT}segments/"
UPLOADS = f"{ROOT}uploads/"
CLAIMS = f"{ROOT}claims/"
DELETIONS = f"{ROOT}deletions/"
ROOTS = (SEGMENTS, UPLOADS, CLAIMS, DELETIONS)

META = "X-Object-Meta-Orlop-"
UPLOAD = f"{META}Upload"
"""Which upload has made an image: an image whose mark is another's is never taken away."""
SIZE = f"{META}Size"
"""Bytes of the image, where its size is what a listing says (DLO)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one upload keeps what it needs. `mark` is its own; ids hold no '/'."""

    container: str
    image_id: str
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def folder(self) -> str:
        """What the names of its segments begin with."""
        return f"{SEGMENTS}{self.image_id}/{self.mark}/"

    @property
    def beacon(self) -> str:
        """The object that says that the upload is alive."""
        return f"{UPLOADS}{self.image_id}/{self.mark}"

    @property
    def claims(self) -> str:
        """What the claims of all who want to finish an image of this id begin with."""
        return f"{CLAIMS}{self.image_id}/"

    @property
    def claim(self) -> str:
        """This upload's claim."""
        return f"{self.claims}{self.mark}"

    @property
    def deletion(self) -> str:
        """What is known of an image of others that is being deleted: its segments cannot be told by their names."""
        return f"{DELETIONS}{self.image_id}/{self.mark}"

    def segment(self, offset: int) -> str:
        """The segment that begins at this byte; by name they are in the order of the image."""
        return f"{self.folder}{offset:016d}"

    def table(self, number: int) -> str:
        """A manifest of some of the segments, for an image that has more of them than one manifest may hold."""
        return f"{self.folder}table-{number:06d}"

    @classmethod
    def of(cls, container: str, name: str) -> Place | None:
        """The place that an object's name is in; None when it is no upload's."""
        for root in ROOTS:
            image_id, _, rest = name.removeprefix(root).partition("/")
            mark = rest.partition("/")[0]
            if name.startswith(root) and image_id and mark:
                return cls(container, image_id, mark)
        return None
