"""Copying within a store and from another one, by the backend's own means where it can."""

from __future__ import annotations

from orlop.capabilities import Capability
from orlop.driver import Upload
from orlop.drivers.memory.driver import MemoryDriver
from orlop.drivers.memory.settings import MemorySettings
from orlop.errors import AlreadyExists, Mismatch
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload, sha256
from orlop.gate.judgement import Image
from orlop.gate.trial import Trial
from orlop.store import Store


class Copying:
    """The same bytes under another id."""

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_copy_within_the_store(self, trial: Trial) -> None:
        image, copy_id = trial.image(), trial.new_id()
        receipt = trial.store.copy(image.location, trial.store, copy_id, expect={"sha256": sha256(image.data)})
        trial.keep(receipt.location)
        assert receipt.size == len(image.data)
        assert receipt.digests["sha256"] == sha256(image.data)
        assert receipt.location != image.location, "the copy has the location of its original"
        trial.store.delete(image.location)
        trial.becomes_whole(Image(copy_id, receipt.location, image.data))

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_copy_from_another_store(self, trial: Trial) -> None:
        image_id, data = trial.new_id(), payload(trial.big)
        with Store("other", MemoryDriver(MemorySettings(capacity=2 * trial.big))) as other:
            receipt = other.copy(other.put(image_id, data).location, trial.store, image_id)
        trial.keep(receipt.location)
        trial.becomes_whole(Image(image_id, receipt.location, data))

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_a_copy_with_a_wrong_digest_leaves_nothing(self, trial: Trial) -> None:
        image = trial.image()
        with trial.raises(Mismatch):
            trial.store.copy(image.location, trial.store, trial.new_id(), expect={"sha256": "0" * 64})
        trial.becomes_whole(image)

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_a_copy_overwrites_nothing(self, trial: Trial) -> None:
        image, other = trial.image(), trial.image(seed=1)
        with trial.raises(AlreadyExists):
            trial.store.copy(image.location, trial.store, other.image_id)
        trial.becomes_whole(other)

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.COPY)
    def test_the_backend_copies_by_itself(self, trial: Trial) -> None:
        for size in (0, 1, trial.big):
            image, copy_id = trial.image(size), trial.new_id()
            blob = trial.driver.open(image.location)
            upload = trial.driver.upload(copy_id, size)
            _forbid_write(upload)
            upload.clone(blob)
            blob.close()
            location = trial.keep(upload.commit(size, {}))
            trial.becomes_whole(Image(copy_id, location, image.data))

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.COPY)
    def test_an_aborted_copy_leaves_nothing(self, trial: Trial) -> None:
        image = trial.image()
        blob = trial.driver.open(image.location)
        upload = trial.driver.upload(trial.new_id(), len(image.data))
        upload.clone(blob)
        upload.abort()
        blob.close()
        trial.becomes_whole(image)


def _forbid_write(upload: Upload) -> None:
    def write(offset: int, block: bytes) -> None:
        raise AssertionError(f"{len(block)} bytes at {offset} went through this process")

    upload.write = write  # type: ignore[method-assign]
