"""What others see while an image comes or goes: none of it, or all of it, at each single step of the driver's."""

from __future__ import annotations

from orlop.capabilities import Capability
from orlop.errors import StoreError
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.interception import Held, Meanwhile, calls_of
from orlop.gate.judgement import Image, same
from orlop.gate.trial import Trial

_POINTS = 12
_WAIT = 5.0
"""Seconds that somebody who looks may have to wait for what is held."""


class Visibility:
    """Somebody looks at the worst moment."""

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.ATOMIC)
    def test_an_image_appears_whole_at_once(self, trial: Trial) -> None:
        data = payload(trial.big)
        upload = trial.driver.upload(trial.new_id(), len(data))
        trial.fill(upload, data)
        count = len(calls_of(lambda: upload.commit(len(data), {})))
        upload.abort()
        for at in trial.points("a commit", count, _POINTS):
            gone = trial.gone()
            image = Image(gone.image_id, gone.location, data)
            upload = trial.driver.upload(image.image_id, len(data))
            trial.fill(upload, data)
            held = Held(lambda upload=upload: upload.commit(len(data), {}), at)  # type: ignore[misc]
            looking = Meanwhile(lambda image=image: trial.is_absent_or_whole(image))  # type: ignore[misc]
            if not looking.tried(_WAIT):
                trial.note(f"who looks waits for {held.call}")
            held.release()
            location = trial.keep(str(held.outcome()))
            looking.finish()
            trial.becomes_whole(Image(image.image_id, location, data))

    @minimum
    @proves(Capability.DELETE)
    def test_an_image_that_goes_is_never_given_in_part(self, trial: Trial) -> None:
        image = trial.image()
        count = len(calls_of(lambda: trial.delete(image)))
        for at in trial.points("a delete", count, _POINTS):
            image = trial.image()
            held = Held(lambda image=image: trial.delete(image), at)  # type: ignore[misc]
            looking = Meanwhile(lambda image=image: _whole_or_an_error(trial, image))  # type: ignore[misc]
            if not looking.tried(_WAIT):
                trial.note(f"who looks waits for {held.call}")
            held.release()
            held.outcome()
            looking.finish()
            trial.becomes_absent(image)


def _whole_or_an_error(trial: Trial, image: Image) -> None:
    try:
        found = trial.read(image.location)
    except StoreError as error:
        trial.confidence.heard(error)
    else:
        same(found, image.data, "the store")
