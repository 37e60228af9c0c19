"""Odd ids, locations and places: whatever a store is given, it raises a `StoreError` or nothing - and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orlop.capabilities import Capability
from orlop.errors import StoreError
from orlop.gate.claim import minimum, proves
from orlop.gate.judgement import Image, same
from orlop.gate.trial import Trial
from orlop.records import Acl, Leftover

_TEXTS = (
    "", " ", ".", "..", "/", "//", "\\", "\0", "a\0b", "\n", "\r\nX: y", "\t", "\x1b[2J", "\x7f", "%", "%z", "%00",
    "%0a", "%2e%2e%2f", "%ff%fe", "%c0%ae", "%ED%A0%80", "?", "?a=b", "#b", ";a", "*", "[", "]", "{}", "${x}", "$(x)",
    "`x`", "|x", "a b", "\ud800", "a\udc80", "\u202e", "\u200b", "\ufeff", "\ufffe", "e\u0301", "\u0663", "\u00b2",
    "nan", "-1", "1e999", "9" * 5000, "x" * 300, "x" * 70_000, "\u6f22" * 100, "\U0001f600", "../" * 40 + "etc/passwd",
)  # fmt: skip
_AUTHORITIES = (
    "", "/", "\0", "[", "[::1", "]", "@", ":", "a b/x", "x:99999999/x", f"x:{'1' * 5000}/x", "x:-1/x", "x:\u0663/x",
    "\ud800/x",
)  # fmt: skip


def _locations(trial: Trial, location: str) -> Iterator[str]:
    """Locations that are malformed, and such as a real one of the store becomes by one odd text."""
    scheme = trial.driver.schemes[0]
    yield from ("", scheme, f"{scheme}:", f"{scheme}:x", "://", ":", "\0")
    yield from (f"{scheme}://{odd}" for odd in _AUTHORITIES)
    head, _, name = location.rpartition("/")
    for odd in _TEXTS:
        yield f"{head}/{odd}"
        yield f"{location}{odd}"
        yield f"{head}/{odd}/{name}"


_BY_LOCATION: dict[str, Callable[[Trial, str], object]] = {
    "stat": lambda trial, location: trial.store.stat(location),
    "open": lambda trial, location: trial.read(location),
    "delete": lambda trial, location: trial.store.delete(location),
    "metadata": lambda trial, location: trial.driver.metadata(location),
    "acl": lambda trial, location: trial.store.set_acl(location, Acl(public=True)),
}
_ACL, _DELETE = "acl", "delete"


class Foreign:
    """No exception but those of orlop."""

    @minimum
    @proves(Capability.READ_ACCESS)
    @pytest.mark.parametrize("operation", _BY_LOCATION)
    def test_an_odd_location_is_a_store_error(self, trial: Trial, operation: str) -> None:
        image = trial.image(10)
        if operation == _ACL and not trial.has(Capability.ACL):
            trial.note("no access lists")
            return
        for location in _locations(trial, image.location):
            if operation == _DELETE and _is_another_form(trial, location, image):
                trial.note("some other forms of a location are taken for it")
            elif location != image.location:
                _store_error(trial, location, lambda location=location: _BY_LOCATION[operation](trial, location))  # type: ignore[misc]
        trial.becomes_whole(image)

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_an_odd_id_is_a_store_error(self, trial: Trial) -> None:
        def put(image_id: Any) -> None:
            trial.put(image_id, b"data")

        for image_id in (*_TEXTS, None, 5, b"x"):
            _store_error(trial, image_id, lambda image_id=image_id: trial.store.locate(image_id))  # type: ignore[misc]
            _store_error(trial, image_id, lambda image_id=image_id: put(image_id))  # type: ignore[misc]

    @minimum
    @proves(Capability.READ_ACCESS)
    def test_an_odd_leftover_is_a_store_error(self, trial: Trial) -> None:
        image = trial.image(10)
        for place in _TEXTS:
            _store_error(trial, place, lambda place=place: trial.store.clean(Leftover(place, 0)))  # type: ignore[misc]
        trial.becomes_whole(image)
        for listing in (trial.store.leftovers, trial.store.list):
            _store_error(trial, listing.__name__, lambda listing=listing: list(listing()))  # type: ignore[misc]


def _is_another_form(trial: Trial, location: str, image: Image) -> bool:
    """Whether the store takes the location for another form of the image's: then it is this image, whole."""
    try:
        found = trial.read(location)
    except StoreError:
        return False
    same(found, image.data, "the store")
    return True


def _store_error(trial: Trial, given: object, work: Callable[[], object]) -> None:
    try:
        with trial.translated():
            work()
    except StoreError as error:
        trial.confidence.heard(error)
        # What a driver does not know as its backend's is told so by the store, with the error's own name.
        if error.reason.startswith("the driver failed with"):
            raise AssertionError(f"{error.reason}, for {str(given)[:80]!a}") from error
    except Exception as error:
        raise AssertionError(f"{type(error).__name__} for {str(given)[:80]!a}: {error}") from error
