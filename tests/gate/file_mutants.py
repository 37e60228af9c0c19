"""File drivers with one bug each, for the cases that need another process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from orlop.driver import Blob, Upload
from orlop.drivers.file.driver import FileDriver
from orlop.drivers.file.names import UPLOAD
from orlop.gate.witnesses.file import FileWitness
from orlop.records import Leftover

MIDDLE, STEP, DELETE, CEILING = (
    "test_killed_in_the_middle_leaves_no_image",
    "test_killed_at_each_step_leaves_a_whole_image_or_none",
    "test_a_killed_delete_leaves_what_can_be_deleted",
    "test_memory_has_a_ceiling",
)


class InPlace(FileDriver):
    """Writes the image under its own name."""

    def upload(self, image_id: str, size: int | None) -> Upload:
        return _InPlace(self, image_id, size)


class _InPlace(Upload):
    block_size = 128 * 1024

    def __init__(self, driver: FileDriver, image_id: str, size: int | None) -> None:
        self._begun = FileDriver.upload(driver, image_id, size)
        self._path = driver.settings.places[0].path / image_id
        self._file = self._path.open("xb")

    def write(self, offset: int, block: bytes) -> None:
        self._file.seek(offset)
        self._file.write(block)
        self._file.flush()

    def commit(self, size: int, digests: Mapping[str, str]) -> str:
        self._begun.abort()
        self._file.close()
        return f"file://{self._path}"

    def abort(self) -> None:
        self._begun.abort()
        self._file.close()
        self._path.unlink(missing_ok=True)


class ForgetsTheDead(FileDriver):
    def leftovers(self) -> Iterator[Leftover]:
        return iter(())


class BuriesTheLiving(FileDriver):
    def leftovers(self) -> Iterator[Leftover]:
        for place in self.settings.places:
            for path in place.path.glob(f"{UPLOAD}*"):
                yield Leftover(str(path), 0)


class HoardsWriting(FileDriver):
    hoard: ClassVar[list[Any]] = []

    def upload(self, image_id: str, size: int | None) -> Upload:
        upload = super().upload(image_id, size)
        plain = upload.write

        def write(offset: int, block: bytes) -> None:
            self.hoard.append(bytes(bytearray(block)))
            plain(offset, block)

        upload.write = write  # type: ignore[method-assign]
        return upload


class HoardsReading(FileDriver):
    def open(self, location: str) -> Blob:
        blob = super().open(location)
        plain = blob.read
        blob.read = lambda start=0, stop=None: iter([b"".join(plain(start, stop))])  # type: ignore[method-assign]
        return blob


class WitnessLies(FileDriver):
    """Nothing is wrong with it; its witness says that the backend ends with its process."""


class LyingWitness(FileWitness):
    in_process: ClassVar[bool] = True


EXPECTED: dict[type[FileDriver], set[str]] = {
    InPlace: {MIDDLE, STEP},
    ForgetsTheDead: {MIDDLE, STEP},
    BuriesTheLiving: {MIDDLE},
    HoardsWriting: {CEILING},
    HoardsReading: {CEILING},
    WitnessLies: {MIDDLE, STEP, DELETE, CEILING},
}
