"""Image ids: odd ones come back as they went in, impossible ones are refused."""

from __future__ import annotations

import pytest

from orlop.capabilities import Capability
from orlop.errors import InvalidLocation, NotFound, Unsupported
from orlop.gate.claim import minimum, proves
from orlop.gate.content import payload
from orlop.gate.judgement import Image
from orlop.gate.process import Child
from orlop.gate.trial import Trial

_ODD = {
    "space": "with a space",
    "ends-in-space": "at the end ",
    "percent": "100%",
    "encoded": "a%2Fb",
    "hash": "a#b",
    "question": "a?b=c&d",
    "plus": "a+b",
    "at": "user:word@host",
    "quotes": 'it\'s "quoted"',
    "shell": "$(x) `y` ;|*[a]{b}",
    "dash": "-rf",
    "tilde": "~root",
    "dots": "a..b.",
    "unicode": "ünïcödé-漢字-😀",
}
_ALIKE = {
    "case": ("Gate", "gate"),
    "encoding": ("A", "%41"),
    "plus": ("a+b", "a b"),
    "form": ("é", "e\u0301"),
    "suffix": ("a", "a.part"),
}
_IMPOSSIBLE = {
    "empty": "",
    "dot": ".",
    "dotdot": "..",
    "hidden": ".image",
    "parent": "../x",
    "slash": "a/b",
    "backslash": "a\\b",
    "nul": "a\0b",
    "newline": "a\nb",
    "long": "x" * 201,
    "long-in-bytes": "漢" * 67,
    "surrogate": "a\udc80",
}


class Ids:
    """What an image may be called."""

    @proves(Capability.WRITE_ACCESS)
    @pytest.mark.parametrize("kind", _ODD)
    def test_an_odd_id_comes_back(self, trial: Trial, kind: str) -> None:
        _round_trip(trial, f"{trial.new_id('odd')}-{_ODD[kind]}")
        _round_trip(trial, f"{_ODD[kind]}{trial.new_id('-odd')}")

    @proves(Capability.WRITE_ACCESS)
    def test_the_longest_id_comes_back(self, trial: Trial) -> None:
        _round_trip(trial, trial.new_id().ljust(200, "x"))

    @proves(Capability.WRITE_ACCESS)
    @pytest.mark.parametrize("kind", _ALIKE)
    def test_ids_that_look_alike_are_two(self, trial: Trial, kind: str) -> None:
        prefix = trial.new_id()
        images = []
        for seed, ending in enumerate(_ALIKE[kind]):
            data = payload(10, seed)
            image_id = f"{prefix}-{ending}"
            images.append(Image(image_id, trial.put(image_id, data).location, data))
        for image in images:
            trial.becomes_whole(image)

    @minimum
    @proves(Capability.WRITE_ACCESS)
    @pytest.mark.parametrize("kind", _ALIKE)
    def test_an_id_that_looks_alike_is_not_found(self, trial: Trial, kind: str) -> None:
        prefix, data = trial.new_id(), payload(10)
        there, other = (f"{prefix}-{ending}" for ending in _ALIKE[kind])
        image = Image(there, trial.put(there, data).location, data)
        trial.becomes_whole(image)
        gone = Image(other, trial.put(other, b"other").location, b"other")
        trial.store.delete(gone.location)
        trial.becomes_absent(gone)
        for operation in (trial.store.stat, trial.read, trial.store.delete):
            with trial.raises(NotFound):
                operation(gone.location)
        trial.is_whole(image)

    @minimum
    @proves(Capability.WRITE_ACCESS)
    def test_a_process_with_another_locale_finds_the_same(self, trial: Trial) -> None:
        if trial.witness.in_process:
            trial.note("the backend ends with its process")
            return
        here, there = f"{trial.new_id()}-ünïcödé-漢字", f"{trial.new_id()}-e\u0301-é"
        image = Image(here, trial.put(here, payload(10)).location, payload(10))
        with Child("odd_locale", trial.reopen, locale="C", image_id=there, size=10, location=image.location) as child:
            told = child.answer()
            assert told is not None, "the process with another locale says nothing"
        trial.keep(told["location"])
        assert bytes.fromhex(told["read"]) == image.data, "a process with another locale reads other bytes"
        trial.becomes_whole(Image(there, told["location"], payload(10)))
        if trial.has(Capability.LIST):
            assert {here, there} <= {stat.image_id for stat in trial.store.list()}, "the listing lacks an image"
            assert {here, there} <= set(told["listed"]), "the listing in another locale lacks an image"

    @minimum
    @proves(Capability.WRITE_ACCESS)
    @pytest.mark.parametrize("kind", _IMPOSSIBLE)
    def test_an_impossible_id_is_refused(self, trial: Trial, kind: str) -> None:
        with trial.raises(InvalidLocation):
            trial.put(_IMPOSSIBLE[kind], b"data")
        with trial.raises(InvalidLocation):
            trial.store.locate(_IMPOSSIBLE[kind])

    @minimum
    @proves(Capability.READ_ACCESS)
    @pytest.mark.parametrize("form", ["", "no-scheme", "foreign:///x", "foreign://host/x?a=b#c", "/etc/passwd"])
    def test_a_foreign_location_is_refused(self, trial: Trial, form: str) -> None:
        _refused(trial, form, InvalidLocation)

    @minimum
    @proves(Capability.READ_ACCESS)
    @pytest.mark.parametrize("form", ["{}:", "{}://", "{}:///", "{}://\0", "{}:////", "{}://["])
    def test_a_malformed_location_is_refused(self, trial: Trial, form: str) -> None:
        _refused(trial, form.format(trial.driver.schemes[0]), InvalidLocation, NotFound)

    @minimum
    @proves(Capability.READ_ACCESS)
    @pytest.mark.parametrize("ending", ["x", "/../x", "/x", "%00", "/../../../../../../etc/passwd", "%2F..%2F..%2Fx"])
    def test_a_location_beside_an_image_is_refused(self, trial: Trial, ending: str) -> None:
        image = trial.image(10)
        _refused(trial, image.location + ending, InvalidLocation, NotFound)
        trial.becomes_whole(image)


def _round_trip(trial: Trial, image_id: str) -> None:
    data = payload(10)
    receipt = trial.put(image_id, data)
    assert receipt.location.isascii(), "a URI is made of ASCII characters"
    trial.becomes_whole(Image(image_id, receipt.location, data))
    try:
        assert trial.store.locate(image_id) == receipt.location, "located at another place"
    except Unsupported:
        trial.note("does not find images by id")
    if trial.has(Capability.LIST):
        assert image_id in {stat.image_id for stat in trial.store.list()}, "the listing names it otherwise"
    trial.store.delete(receipt.location)
    with trial.raises(NotFound):
        trial.store.stat(receipt.location)


def _refused(trial: Trial, location: str, *kinds: type[InvalidLocation | NotFound]) -> None:
    with trial.raises(*kinds):
        trial.read(location)
    with trial.raises(*kinds):
        trial.store.stat(location)
    if trial.has(Capability.DELETE):
        with trial.raises(*kinds):
            trial.store.delete(location)
