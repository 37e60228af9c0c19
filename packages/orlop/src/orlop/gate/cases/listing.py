"""Listing: every image of the store, and nothing else."""

from __future__ import annotations

from orlop.capabilities import Capability
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.trial import Trial
from orlop.records import Stat


def _listed(trial: Trial) -> dict[str, Stat]:
    found = list(trial.store.list())
    locations = {stat.location: stat for stat in found}
    assert len(locations) == len(found), "an image is listed twice"
    return locations


class Listing:
    """What `list` says."""

    @minimum
    @proves(Capability.LIST)
    def test_every_image_is_listed_once(self, trial: Trial) -> None:
        images = [trial.image(size, seed) for seed, size in enumerate((0, 1, 10, trial.block + 1))]

        def check() -> None:
            listed = _listed(trial)
            for image in images:
                assert image.location in listed, "an image is not listed"
                assert listed[image.location].size == len(image.data), "another size is listed"
                assert listed[image.location].image_id in {image.image_id, None}, "another id is listed"

        trial.eventually(check)

    @minimum
    @proves(Capability.LIST)
    def test_listing_and_stat_say_the_same(self, trial: Trial) -> None:
        image = trial.image()

        def check() -> None:
            one, other = _listed(trial)[image.location], trial.store.stat(image.location)
            assert one.size == other.size
            assert one.image_id == other.image_id
            for stat in (one, other):
                assert stat.modified is None or stat.modified.tzinfo is not None, "a time without a time zone"

        trial.eventually(check)

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.LIST)
    def test_uploads_under_way_are_not_listed(self, trial: Trial) -> None:
        before = set(_listed(trial))
        upload = trial.driver.upload(trial.new_id(), None)
        trial.fill(upload, payload(trial.big))
        try:
            assert not set(_listed(trial)) - before, "an upload under way is listed"
        finally:
            upload.abort()

    @minimum
    @proves(Capability.LIST)
    def test_a_deleted_image_is_not_listed(self, trial: Trial) -> None:
        gone = trial.gone()

        def check() -> None:
            assert gone.location not in _listed(trial), "a deleted image is listed"

        trial.eventually(check)
