"""The driver: joins orlop's seam to the backend. It does not retry, count, hash or log; the engine above it does."""

from __future__ import annotations

from collections.abc import Iterator

from orlop.capabilities import Capability
from orlop.driver import Blob, Driver, Upload
from orlop.errors import AlreadyExists, StoreError
from orlop.records import Stat

from orlop_example.backend import Backend, meaning
from orlop_example.blob import ExampleBlob
from orlop_example.location import id_of, location_of
from orlop_example.settings import ExampleSettings
from orlop_example.upload import ExampleUpload


class ExampleDriver(Driver[ExampleSettings]):
    """Keeps images in a folder."""

    settings_type = ExampleSettings
    schemes = ("example",)
    # TODO: what your backend can do. What stands here is proved by the gate, and what does not is refused.
    capabilities = (
        Capability.READ_ACCESS
        | Capability.READ_RANDOM
        | Capability.WRITE_ACCESS
        | Capability.DRIVER_REUSABLE
        | Capability.DELETE
        | Capability.ATOMIC
        | Capability.LIST
    )

    def __init__(self, settings: ExampleSettings) -> None:
        super().__init__(settings)
        self._backend = Backend(settings.root)

    def classify(self, error: BaseException) -> type[StoreError] | None:
        """What an error of the backend means."""
        return meaning(error)

    def open(self, location: str) -> Blob:
        """Open an image."""
        return ExampleBlob(self._backend, id_of(location))

    def stat(self, location: str) -> Stat:
        """What is known of an image without reading it."""
        image_id = id_of(location)
        found = self._backend.look(image_id)
        return Stat(location_of(image_id), found.size, image_id, modified=found.modified)

    def upload(self, image_id: str, size: int | None) -> Upload:
        """Begin an upload. That the id is taken is said early, to spare the sending; `commit` decides."""
        if image_id in self._backend.ids():  # TODO: your backend knows this without a listing
            raise AlreadyExists("there is an image of this id")
        return ExampleUpload(self._backend, image_id)

    def identify(self, location: str) -> str:
        """What tells an image from another one that has its location later."""
        return self._backend.look(id_of(location)).identity

    def delete(self, location: str, identity: str) -> None:
        """Delete the image that was identified, and no other one."""
        self._backend.remove(id_of(location), identity)

    def locate(self, image_id: str) -> str:
        """Find an image by its id."""
        self._backend.look(image_id)
        return location_of(image_id)

    def list(self) -> Iterator[Stat]:
        """Every image; one that goes meanwhile is left out."""
        for image_id in self._backend.ids():
            try:
                yield self.stat(location_of(image_id))
            except FileNotFoundError:  # TODO: as your backend says it
                continue
