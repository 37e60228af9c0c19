"""`kill -9` of a process that writes: an image is there whole, or not at all, and what is left can be cleaned."""

from __future__ import annotations

import random
import time
from contextlib import suppress

from orlop.capabilities import Capability
from orlop.errors import NotFound, Unsupported
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.judgement import Image
from orlop.gate.process import Child
from orlop.gate.trial import Trial

_ROUNDS = 3
_LONGEST = 0.3


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
    def test_killed_at_any_moment_leaves_whole_images_or_none(self, trial: Trial) -> None:
        if trial.witness.in_process:
            _dies_with_its_process(trial)
            return
        size = 2 * trial.block + 3
        before = [leftover.place for leftover in trial.store.leftovers()]
        for _ in range(_ROUNDS):
            prefix = trial.new_id()
            with Child("put_many", trial.reopen, prefix=prefix, size=size) as child:
                told = [child.answer()]
                time.sleep(random.uniform(0, _LONGEST))  # noqa: S311 - any moment
                child.kill()
                told += child.answers()
            for number, location in told:
                _check(trial, f"{prefix}-{number}", location, payload(size, number))
            last = f"{prefix}-{len(told)}"
            with suppress(NotFound, Unsupported):
                _check(trial, last, trial.store.locate(last), payload(size, len(told)))
        trial.clean_up()
        trial.eventually(lambda: _cleaned(trial, before, trial.witness.names() - trial.before))


def _check(trial: Trial, image_id: str, location: str, data: bytes) -> None:
    trial.keep(location)
    trial.becomes_whole(Image(image_id, location, data))


def _cleaned(trial: Trial, before: list[str], dead: set[str]) -> None:
    """Clean, and look: nothing of what dead uploads had left, by the backend's names, may be there any more."""
    trial.clean_leftovers(before)
    left = trial.witness.names() & dead
    assert not left, f"a dead upload has left what 'leftovers' does not know: {sorted(left)}"
