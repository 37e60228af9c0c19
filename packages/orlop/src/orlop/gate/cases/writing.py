"""Putting an image: what the receipt says, who sees it when, and blocks in every order."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from orlop.capabilities import Capability
from orlop.events import Event, Kind
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.judgement import Image
from orlop.gate.sources import Broken
from orlop.gate.trial import Trial
from orlop.location import scheme_of, without_secrets


class Writing:
    """The way in."""

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_the_location_is_the_one_name_of_an_image(self, trial: Trial) -> None:
        image = trial.image(10)

        assert scheme_of(image.location) in trial.driver.schemes, "the location is of a scheme that the driver has not"
        assert without_secrets(image.location) == image.location, "the location holds credentials"
        assert image.location.isascii(), "a URI is made of ASCII characters"
        assert image.location.isprintable(), "the location holds characters that cannot be printed"
        assert " " not in image.location, "the location holds a space"
        assert trial.store.stat(image.location).location == image.location, "stat gives another location"

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_what_the_receipt_says_beside_the_location(self, trial: Trial) -> None:
        image = trial.image(10)
        with trial.translated():
            told = dict(trial.driver.metadata(image.location))
        assert json.loads(json.dumps(told)) == told, "what a consumer is told is not plain data"

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_a_listener_that_fails_after_the_commit_changes_nothing(self, trial: Trial) -> None:
        image_id, data = trial.new_id(), payload(10)

        def listener(event: Event) -> None:
            if event.kind is Kind.COMMITTED:
                raise Broken("the listener fails")

        receipt = trial.put(image_id, data, on_event=listener)
        trial.becomes_whole(Image(image_id, receipt.location, data))

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_nothing_is_visible_before_commit(self, trial: Trial) -> None:
        # The location of the image to come: that of an image of the same id that has been deleted.
        image = trial.gone()
        upload = trial.driver.upload(image.image_id, trial.big)
        try:
            trial.is_absent(image)
            trial.fill(upload, payload(trial.big))
            trial.is_absent(image)
        finally:
            upload.abort()
        trial.becomes_absent(image)

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_uploads_do_not_mix(self, trial: Trial) -> None:
        both = [(trial.new_id(), payload(trial.big, seed)) for seed in (1, 2)]
        uploads = [trial.driver.upload(image_id, None) for image_id, _ in both]
        for at in range(0, trial.big, trial.block):
            for upload, (_, data) in zip(uploads, both, strict=True):
                upload.write(at, data[at : at + trial.block])
        for upload, (image_id, data) in zip(uploads, both, strict=True):
            location = trial.keep(upload.commit(len(data), {}))
            trial.becomes_whole(Image(image_id, location, data))

    @proves(Capability.WRITE_ACCESS)
    def test_a_block_written_twice_counts_once(self, trial: Trial) -> None:
        data = payload(trial.big)
        image_id = trial.new_id()
        upload = trial.driver.upload(image_id, None)
        for at in range(0, len(data), trial.block):
            for _ in range(2):
                upload.write(at, data[at : at + trial.block])
        location = trial.keep(upload.commit(len(data), {}))
        trial.becomes_whole(Image(image_id, location, data))

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_blocks_come_on_all_lanes(self, trial: Trial) -> None:
        data = payload(trial.big)
        image_id = trial.new_id()
        upload = trial.driver.upload(image_id, len(data))
        offsets = range(0, len(data), trial.block)
        if upload.lanes == 1:
            trial.note("one lane: in order")
        with ThreadPoolExecutor(upload.lanes) as lanes:
            backwards = offsets if upload.lanes == 1 else reversed(offsets)
            list(lanes.map(lambda at: upload.write(at, data[at : at + trial.block]), backwards))
        location = trial.keep(upload.commit(len(data), {}))
        trial.becomes_whole(Image(image_id, location, data))
