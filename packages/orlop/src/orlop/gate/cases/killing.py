"""`kill -9` of a process that works: an image is there whole, or not at all, and what is left can be cleaned.

It is killed at announced points: just before its calls into the backend, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from orlop.capabilities import Capability
from orlop.errors import StoreError
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.judgement import Image
from orlop.gate.process import Child
from orlop.gate.trial import Trial

_POINTS = {"put": 6, "abort": 2, "delete": 3}


def _dies_with_its_process(trial: Trial) -> None:
    """Show what the witness says: a whole image of another process is not in this backend, so no killed one can be."""
    with Child("put", trial.reopen, image_id=trial.new_id(), size=10) as child:
        location = child.answer()
    assert trial.witness.names() == trial.before, "the witness says in_process, and the backend outlives a process"
    assert not trial.store.exists(location), "the witness says in_process, and the store shows another process's image"
    trial.note("the backend ends with its process")


class Killing:
    """No last word."""

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.ATOMIC)
    def test_killed_in_the_middle_leaves_no_image(self, trial: Trial) -> None:
        if trial.witness.in_process:
            _dies_with_its_process(trial)
            return
        image = trial.gone()
        before = [leftover.place for leftover in trial.store.leftovers()]
        with Child("put_half", trial.reopen, image_id=image.image_id, blocks=4, block=trial.block) as child:
            assert child.answer() == "half"
            alive = {leftover.place for leftover in trial.store.leftovers()} - set(before)
            assert not alive, f"an upload that is alive is taken for a dead one's leftovers: {sorted(alive)}"
            trial.is_absent(image)
            child.kill()
        trial.is_absent(image)
        dead = trial.witness.names() - trial.before
        data = payload(trial.big)
        location = trial.put(image.image_id, data).location
        trial.becomes_whole(Image(image.image_id, location, data))
        trial.eventually(lambda: _cleaned(trial, before, dead))
        trial.is_whole(Image(image.image_id, location, data))

    @minimum
    @proves(Capability.WRITE_ACCESS | Capability.ATOMIC)
    @pytest.mark.parametrize("work", ["put", "abort"])
    def test_killed_at_each_step_leaves_a_whole_image_or_none(self, trial: Trial, work: str) -> None:
        if trial.witness.in_process:
            _dies_with_its_process(trial)
            return
        size = 2 * trial.block + 3

        def image() -> Image:
            gone = trial.gone()
            return Image(gone.image_id, gone.location, payload(size))

        before = [leftover.place for leftover in trial.store.leftovers()]
        for one in _killed(trial, work, image):
            trial.eventually(lambda one=one: trial.is_absent_or_whole(one))  # type: ignore[misc]
            trial.keep(one.location)
            with suppress(StoreError):
                trial.keep(trial.store.locate(one.image_id))
        trial.clean_up()
        trial.eventually(lambda: _cleaned(trial, before, trial.witness.names() - trial.before))

    @minimum
    @proves(Capability.DELETE)
    def test_a_killed_delete_leaves_what_can_be_deleted(self, trial: Trial) -> None:
        if trial.witness.in_process:
            _dies_with_its_process(trial)
            return
        if not trial.has(Capability.WRITE_ACCESS):
            trial.not_shown("the gate cannot make an image that another process deletes")
        before = [leftover.place for leftover in trial.store.leftovers()]
        for image in _killed(trial, "delete", trial.image):
            trial.clean_up()  # deletes it, whatever the dead process has left of it
            trial.becomes_absent(image)
        trial.eventually(lambda: _cleaned(trial, before, trial.witness.names() - trial.before))


def _killed(trial: Trial, work: str, fresh: Callable[[], Image]) -> list[Image]:
    """Kill processes that do `work`, each with an image of its own and each at another step; all these images."""
    images = [fresh()]
    with _child(trial, work, images[0], None) as child:
        count = child.answer()
    for at in trial.points(f"the {work}", count, _POINTS[work]):
        images.append(fresh())
        with _child(trial, work, images[-1], at) as child:
            child.answer()
            child.kill()
    return images


def _child(trial: Trial, work: str, image: Image, at: int | None) -> Child:
    return Child(
        "held",
        trial.reopen,
        work=work,
        image_id=image.image_id,
        size=len(image.data),
        location=image.location,
        at=at,
    )


def _cleaned(trial: Trial, before: list[str], dead: set[str]) -> None:
    """Clean, and look: nothing of what dead uploads had left, by the backend's names, may be there any more."""
    trial.clean_leftovers(before)
    left = trial.witness.names() & dead
    assert not left, f"a dead upload has left what 'leftovers' does not know: {sorted(left)}"
