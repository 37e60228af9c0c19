"""The comparison itself: what it finds, and that the list has to be right in both directions."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from servers.venvs import ROOT
from tests.facade.compare.comparing import LIST, Difference, Dump, Permit, differences, permits, stale, unlisted

UPSTREAM: Dump = {
    "g.kept": {"kind": "function", "signature": ["a"], "foreign": False},
    "g.changed": {"kind": "function", "signature": ["a"], "foreign": False},
    "g.gone": {"kind": "class"},
    "g.hashlib": {"kind": "module", "foreign": True},
    "g.logging": {"kind": "module", "foreign": True},
    "option [x] y": {"default": 1, "min": 0},
}
OURS: Dump = {
    "g.kept": {"kind": "function", "signature": ["a"], "foreign": True},
    "g.changed": {"kind": "function", "signature": ["b"], "foreign": False},
    "g.logging": {"kind": "function", "foreign": False},
    "g.new": {"kind": "class", "foreign": False},
    "g.json": {"kind": "module", "foreign": True},
    "option [x] y": {"default": 2},
}
FOUND = [
    Difference("g.changed: signature", "changed", ["a"], ["b"]),
    Difference("g.gone", "missing"),
    Difference("import g.hashlib", "missing"),
    Difference("g.new", "added"),
    Difference("option [x] y: default", "changed", 1, 2),
    Difference("option [x] y: min", "changed", 0, None),
]


def test_every_difference_is_found() -> None:
    assert list(differences(UPSTREAM, OURS)) == FOUND
    assert list(differences(UPSTREAM, UPSTREAM)) == []


def test_a_difference_that_is_not_listed_is_told_with_its_values() -> None:
    assert unlisted(FOUND[:2], []) == ['changed: g.changed: signature: ["a"] is ["b"] here', "missing: g.gone"]
    assert unlisted(FOUND[:2], [Permit("g.*", "changed", "why")]) == ["missing: g.gone"]
    assert unlisted(FOUND[:2], [Permit("*", "added", "why")]) == unlisted(FOUND[:2], [])


@pytest.mark.parametrize(
    ("where", "covered"), [("g.gone", True), ("g.*", True), ("g.go", False), ("*.gone*", True), ("g?gone", False)]
)
def test_a_name_with_a_star(where: str, covered: bool) -> None:
    assert Permit(where, "missing", "why").covers(FOUND[1]) is covered


def test_brackets_are_only_brackets() -> None:
    assert Permit("option [x] *: default", "changed", "why").covers(FOUND[4])


def test_a_value_that_is_given_has_to_be_the_one() -> None:
    assert Permit("g.changed: signature", "changed", "why", '["b"]').covers(FOUND[0])
    assert not Permit("g.changed: signature", "changed", "why", '["c"]').covers(FOUND[0])


def test_an_entry_without_a_difference_is_stale() -> None:
    assert stale(FOUND, [Permit("g.gone", "missing", "why"), Permit("g.kept", "missing", "why")]) == ["missing: g.kept"]


def test_every_entry_of_the_list_gives_a_reason() -> None:
    listed = permits()
    assert listed
    assert all(len(permit.reason.split()) > 3 for permit in listed)
    names = [str(permit) for permit in listed]
    assert sorted(set(names)) == sorted(names), "twice in the list"


def test_a_key_that_means_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.toml"
    path.write_text('[[difference]]\nwhere = ["a"]\nhow = "missing"\nreason = "r"\nbecause = "x"\n')
    with pytest.raises(AssertionError, match="unknown key"):
        permits(path)


def test_every_other_behaviour_is_held_by_a_test_that_there_is() -> None:
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))["behaviour"]
    assert listed
    for entry in listed:
        assert entry.keys() == {"what", "why", "test"}
        assert (ROOT / entry["test"]).is_file(), entry["test"]
