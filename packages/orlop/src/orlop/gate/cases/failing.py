"""A backend that fails: each failure has its own class of error, leaves nothing behind, and is never swallowed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from orlop.capabilities import Capability
from orlop.driver import Upload
from orlop.errors import NotFound, PermissionDenied, StoreError, StoreFull, Unavailable
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.interception import SYNC, Watch, calls_of, failing
from orlop.gate.judgement import Image
from orlop.gate.trial import Trial
from orlop.gate.watermark import Watermark

_KINDS: dict[str, type[StoreError]] = {kind.__name__: kind for kind in (StoreFull, PermissionDenied, Unavailable)}
_POINTS = 8
_MOST_MEMORY = 128 * 1024 * 1024
"""Bytes that answers which are no images may take, also when they never end."""


class Failing:
    """Failures that the author can bring about (the `faults` fixture), and such as every call can have."""

    @minimum
    @pytest.mark.parametrize("kind", _KINDS)
    def test_failure(self, trial: Trial, kind: str) -> None:
        fault = trial.faults.get(_KINDS[kind])
        if fault is None:
            trial.not_shown(f"'faults' has no {kind}")
        image = trial.image()
        with fault():
            if trial.has(Capability.WRITE_ACCESS):
                with trial.raises(_KINDS[kind]):
                    trial.put(trial.new_id(), payload(trial.big, 1))
            else:
                with trial.raises(_KINDS[kind]):
                    trial.read(image.location)
        trial.becomes_whole(image)
        trial.note(f"shown: {kind}")

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_a_success_is_one_that_the_backend_has_given(self, trial: Trial) -> None:
        if not trial.lies:
            trial.not_shown("'lies' is empty: nothing answers in place of the backend")
        data = payload(2 * trial.block)
        for name, lie in trial.lies.items():
            image, there = trial.gone(), trial.image(10)
            with Watermark() as mark, lie():
                stored = _succeeds(trial, lambda image=image: trial.put(image.image_id, data))  # type: ignore[misc]
                deleted = _succeeds(trial, lambda there=there: trial.store.delete(there.location))  # type: ignore[misc]
            assert mark.grown < _MOST_MEMORY, f"{name}: the store has taken {mark.grown} bytes of memory"
            if stored:
                trial.becomes_whole(Image(image.image_id, trial.store.locate(image.image_id), data))
            else:
                trial.becomes_absent(image)
            (trial.becomes_absent if deleted else trial.becomes_whole)(there)
            trial.clean_up()
            trial.eventually(trial.is_cleaned)

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_a_write_that_fails_is_told_or_made_good(self, trial: Trial) -> None:
        data = payload(trial.big)

        def write(upload: Upload) -> None:
            upload.write(trial.block, data[trial.block : 2 * trial.block])

        first = trial.driver.upload(trial.new_id(), len(data))
        first.write(0, data[: trial.block])
        count = len(calls_of(lambda: write(first)))
        first.abort()
        for at in trial.points("a write", count, _POINTS):
            image = trial.gone()
            upload = trial.driver.upload(image.image_id, len(data))
            upload.write(0, data[: trial.block])
            if _fails(lambda upload=upload: write(upload), failing(at)):  # type: ignore[misc]
                upload.abort()
                trial.becomes_absent(image)
                continue
            for start in range(2 * trial.block, len(data), trial.block):
                upload.write(start, data[start : start + trial.block])
            location = trial.keep(upload.commit(len(data), {}))
            trial.becomes_whole(Image(image.image_id, location, data))
        # An upload whose beginning was answered to nobody can only be found by `clean`.
        trial.clean_up()
        trial.eventually(trial.is_cleaned)

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_a_commit_that_fails_is_told_or_made_good(self, trial: Trial) -> None:
        data = payload(trial.big)
        first = trial.driver.upload(trial.new_id(), len(data))
        trial.fill(first, data)
        count = len(calls_of(lambda: first.commit(len(data), {})))
        first.abort()
        for at in trial.points("a commit", count, _POINTS):
            image = trial.gone()
            upload = trial.driver.upload(image.image_id, len(data))
            trial.fill(upload, data)
            location: list[str] = []

            def commit(upload: Upload = upload, location: list[str] = location) -> None:
                location.append(upload.commit(len(data), {}))

            watch = failing(at)
            if _fails(commit, watch):
                upload.abort()
                trial.becomes_absent(image)
                continue
            trial.keep(location[0])
            assert watch.met not in SYNC, f"{watch.met} has failed, and the commit says that the image is kept"
            trial.becomes_whole(Image(image.image_id, location[0], data))

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_an_abort_that_failed_is_finished_by_the_next_one(self, trial: Trial) -> None:
        data = payload(2 * trial.block)
        first = trial.driver.upload(trial.new_id(), len(data))
        trial.fill(first, data)
        count = len(calls_of(first.abort))
        for at in trial.points("an abort", count, _POINTS):
            image = trial.gone()
            upload = trial.driver.upload(image.image_id, len(data))
            trial.fill(upload, data)
            _fails(upload.abort, failing(at))
            upload.abort()
            trial.becomes_absent(image)
            trial.eventually(trial.is_as_before)

    @minimum
    @proves(Capability.DELETE)
    def test_a_delete_that_failed_is_finished_by_the_next_one(self, trial: Trial) -> None:
        image = trial.image()
        count = len(calls_of(lambda: trial.delete(image)))
        for at in trial.points("a delete", count, _POINTS):
            image = trial.image()
            delete = trial.deletion_of(image)
            if _fails(delete, failing(at)):
                with suppress(NotFound), trial.translated():
                    delete()
            trial.becomes_absent(image)
            trial.eventually(trial.is_as_before)


def _succeeds(trial: Trial, work: Callable[[], object]) -> bool:
    try:
        work()
    except StoreError as error:
        trial.confidence.heard(error)
        return False
    return True


def _fails(work: Callable[[], object], watch: Watch) -> bool:
    """Do `work`, in which one call fails; whether it raises something."""
    try:
        with watch.watching():
            work()
    except Exception:  # noqa: BLE001 - whatever the driver makes of it: it is told
        return True
    return False
