"""Calls that hang, are given up, and return late: then they have no effect, on no image."""

from __future__ import annotations

from collections.abc import Callable

from orlop.capabilities import Capability
from orlop.driver import Upload
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.interception import Held, Meanwhile, calls_of
from orlop.gate.judgement import Image
from orlop.gate.trial import Trial

_POINTS = 5
_OTHERS = 6
"""Uploads that begin after the abort. Each takes some of the numbers of descriptors that the abort has set free."""
_WAIT = 1.0
"""Seconds for an abort that does not wait for the call that hangs; one that waits is done when that returns."""


class _Others:
    """Other uploads: begun and written while something hangs, committed when it has returned."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._uploads: list[tuple[str, Upload, bytes]] = []

    def begin(self) -> None:
        for seed in range(1, _OTHERS + 1):
            image_id, data = self._trial.new_id("other"), payload(self._trial.block + 1, seed)
            upload = self._trial.driver.upload(image_id, len(data))
            self._uploads.append((image_id, upload, data))
            self._trial.fill(upload, data)

    def are_whole(self) -> None:
        for image_id, upload, data in self._uploads:
            location = self._trial.keep(upload.commit(len(data), {}))
            self._trial.becomes_whole(Image(image_id, location, data))

    def abort(self) -> None:
        for _, upload, _ in self._uploads:
            upload.abort()


class Hanging:
    """The engine gives up what hangs and aborts the upload; the call that hung returns all the same, later."""

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_a_write_that_returns_after_the_abort_has_no_effect(self, trial: Trial) -> None:
        _late(trial, "a write", lambda upload, data: lambda: upload.write(0, data[: trial.block]))

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_a_commit_that_returns_after_the_abort_has_no_effect(self, trial: Trial) -> None:
        def prepare(upload: Upload, data: bytes) -> Callable[[], object]:
            trial.fill(upload, data)
            return lambda: upload.commit(len(data), {})

        _late(trial, "a commit", prepare)


def _late(trial: Trial, what: str, prepare: Callable[[Upload, bytes], Callable[[], object]]) -> None:
    """Hold what `prepare` gives at each of its steps, abort meanwhile, begin other uploads, and let it go on."""
    data = payload(2 * trial.block)
    upload = trial.driver.upload(trial.new_id(), len(data))
    count = len(calls_of(prepare(upload, data)))
    upload.abort()
    for at in trial.points(what, count, _POINTS):
        image = trial.gone()
        upload = trial.driver.upload(image.image_id, len(data))
        held = Held(prepare(upload, data), at)
        others = _Others(trial)
        try:
            aborting = Meanwhile(upload.abort)
            if not aborting.tried(_WAIT):
                trial.note(f"the abort waits for {held.call}")
            beginning = Meanwhile(others.begin)
            beginning.tried(_WAIT)
        finally:
            held.release()
        aborting.finish()
        beginning.finish()
        # As the engine does when a commit succeeds after it was given up. Of a write it hears nothing more.
        if not held.failed:
            upload.abort()
        trial.becomes_absent(image)
        others.are_whole()
    # What returned late may have begun something that has no image: `clean` finds it.
    trial.clean_up()
    trial.eventually(trial.is_cleaned)
