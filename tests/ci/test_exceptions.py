"""The file of exceptions: its form is checked, and the one in the repository is well formed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci import baseline, exceptions
from ci.drivers import DRIVERS
from ci.exceptions import BadException, Exempt

ENTRY = """
[[exception]]
suite = "functional"
test = "a.B.test_c"
drivers = ["file", "swift"]
outcome = "failed"
reason = "it asks for a folder"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "exceptions.toml"


def test_an_entry(path: Path) -> None:
    path.write_text(ENTRY)
    expected = Exempt("a.B.test_c", "functional", ("file", "swift"), "failed", "it asks for a folder")
    assert exceptions.load({"file", "swift"}, path) == [expected]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('reason = "it asks for a folder"\n', "", "needs"),
        ("reason =", "reasn =", "needs"),
        ('"it asks for a folder"', '" "', "a reason is needed"),
        ('outcome = "failed"', 'outcome = "passed"', "outcome is one of"),
        ('["file", "swift"]', '["file", "swft"]', "drivers are some of"),
        ('["file", "swift"]', "[]", "drivers are some of"),
    ],
)
def test_a_bad_entry_is_refused(path: Path, old: str, new: str, said: str) -> None:
    path.write_text(ENTRY.replace(old, new))
    with pytest.raises(BadException, match=said) as caught:
        exceptions.load({"file", "swift"}, path)
    assert "a.B.test_c" in str(caught.value)


def test_a_test_has_one_entry_for_each_driver(path: Path) -> None:
    path.write_text(ENTRY + ENTRY.replace('["file", "swift"]', '["file"]'))
    with pytest.raises(BadException, match=r"more than one entry for functional a.B.test_c file"):
        exceptions.load({"file", "swift"}, path)


def test_ours_name_tests_that_there_are() -> None:
    record = baseline.load()
    for one in exceptions.load(DRIVERS):
        assert one.test in record.suites[one.suite].passed | record.suites[one.suite].skipped.keys()
