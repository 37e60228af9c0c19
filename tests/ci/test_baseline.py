"""The record of upstream's run: written, read, and whole."""

from __future__ import annotations

from pathlib import Path

from ci import baseline
from ci.baseline import Expected
from ci.drivers import DRIVERS, STAND_INS
from ci.outcome import PASSED, SKIPPED, Outcome
from ci.suites import FUNCTIONAL, READING, UNIT


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    outcomes = [
        Outcome("a.B.test_two", PASSED, 1.0),
        Outcome("a.B.test_one", PASSED, 1.0),
        Outcome("a.B.test_one(on.some thing)", PASSED, 1.0),
        Outcome("a.C.test_three", SKIPPED, 0.0, "no such backend"),
    ]
    path = tmp_path / "baseline.json"
    path.write_text(baseline.text({"driver": "file"}, {"functional": (outcomes, 12.4), "unit": ([], 0.0)}))
    read = baseline.load(path)
    assert read.about == {"driver": "file"}
    assert read.suites["functional"] == Expected(
        frozenset({"a.B.test_one", "a.B.test_two", "a.B.test_one(on.some thing)"}),
        {"a.C.test_three": "no such backend"},
    )
    assert read.suites["unit"] == Expected(frozenset(), {})


def test_the_record_is_whole() -> None:
    record = baseline.load()
    functional, unit = record.suites["functional"], record.suites["unit"]
    assert (len(functional.passed), len(functional.skipped)) == (557, 26)
    assert (len(unit.passed), len(unit.skipped)) == (844, 0)
    assert all(map(UNIT.has, unit.passed))
    assert all(map(FUNCTIONAL.has, functional.passed))
    assert all(functional.skipped.values())
    assert record.about["versions"]["glance-store"] == "5.7.0"


def test_what_is_chosen_by_name_is_there() -> None:
    passed = baseline.load().suites["functional"].passed
    assert set(STAND_INS) <= passed
    assert len(STAND_INS) == 8
    assert len(baseline.load().suites["functional"].within(READING).passed) == 33


def test_each_driver_has_suites_of_the_record() -> None:
    assert {suite.name for driver in DRIVERS.values() for suite in driver.suites} == set(baseline.load().suites)


def test_a_narrowed_suite_has_both() -> None:
    narrowed = UNIT.narrowed("test_scrubber")
    assert narrowed.has("glance.tests.unit.test_scrubber.TestScrubber.test_x")
    assert not narrowed.has("glance.tests.unit.test_store_image.TestStoreImage.test_x")
    assert not narrowed.has("glance.tests.functional.serial.test_scrubber.TestScrubber.test_x")
    assert FUNCTIONAL.narrowed("test_a|test_b").has("x.test_b")
