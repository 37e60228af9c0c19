"""Digests: the bytes are the ones that were meant, now and years later."""

from __future__ import annotations

import hashlib

import pytest

from orlop.capabilities import Capability
from orlop.errors import Mismatch
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload, sha256
from orlop.gate.judgement import Image
from orlop.gate.sources import Broken
from orlop.gate.trial import Trial
from orlop.store import Store


class _Refusing:
    """A verifier that refuses, as one of a signature does."""

    def update(self, data: bytes, /) -> None:
        """Take some bytes."""

    def verify(self) -> None:
        """Refuse the image."""
        raise Broken("the signature is wrong")


class Digests:
    """Wanted, kept, and compared."""

    @minimum
    @proves(Capability.WRITE_ACCESS)
    @pytest.mark.parametrize("size", ["empty", "many-blocks"])
    def test_a_wrong_digest_leaves_nothing(self, trial: Trial, size: str) -> None:
        data = payload(0 if size == "empty" else trial.big)
        with trial.raises(Mismatch):
            trial.put(trial.new_id(), data, expect={"sha256": sha256(data + b"!")})

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_a_right_digest_is_accepted(self, trial: Trial) -> None:
        data = payload(trial.big)
        wanted = {"sha512": hashlib.sha512(data).hexdigest(), "sha256": sha256(data)}
        receipt = trial.put(trial.new_id(), data, expect=wanted, digests=("md5",))
        assert receipt.digests["md5"] == hashlib.md5(data, usedforsecurity=False).hexdigest()

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_a_refusing_verifier_leaves_nothing(self, trial: Trial) -> None:
        with pytest.raises(Broken):
            trial.put(trial.new_id(), payload(trial.big), verifiers=[_Refusing()])

    @minimum
    @proves(Capability.READ_ACCESS)
    def test_reading_is_verified(self, trial: Trial) -> None:
        image = trial.image()
        trial.store.verify(image.location, {"sha256": sha256(image.data)})
        with trial.raises(Mismatch):
            trial.store.verify(image.location, {"sha256": sha256(image.data + b"!")})

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.DIGESTS)
    def test_digests_are_kept(self, trial: Trial) -> None:
        data = payload(trial.big)
        receipt = trial.put(trial.new_id(), data, digests=("sha256", "md5"))
        wanted = {"sha256": sha256(data), "md5": hashlib.md5(data, usedforsecurity=False).hexdigest()}
        assert dict(trial.store.stat(receipt.location).digests) == wanted, "other digests are kept than were computed"
        assert trial.store.verify(receipt.location) == wanted
        with trial.store.open(receipt.location, verify=True) as reader:
            assert reader.read() == data

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.DIGESTS)
    def test_digests_are_kept_in_the_backend(self, trial: Trial) -> None:
        image = trial.image()
        if trial.witness.in_process:
            trial.note("the backend ends with its process")
            again = trial.store
        else:
            again = Store("gate", trial.reopen())
        assert again.stat(image.location).digests.get("sha256") == sha256(image.data), (
            "another driver object does not know them"
        )
        if again is not trial.store:
            again.close()

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.DIGESTS)
    def test_every_image_has_its_own_digests(self, trial: Trial) -> None:
        images = [trial.image(10, seed) for seed in range(3)]
        for image in images:
            _knows(trial, image)
        trial.store.delete(images[0].location)
        receipt = trial.put(images[0].image_id, b"others")
        _knows(trial, Image(images[0].image_id, receipt.location, b"others"))


def _knows(trial: Trial, image: Image) -> None:
    assert trial.store.stat(image.location).digests.get("sha256") == sha256(image.data), (
        "another image's digest is kept"
    )
