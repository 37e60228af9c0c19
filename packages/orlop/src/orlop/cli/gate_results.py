"""The results of gates that a command goes by: those in the files that are named, or else those that drivers carry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from orlop.cli.failures import Failure
from orlop.lifecycle.carried import GROUP
from orlop.lifecycle.evidence import Result, UnreadableResult, read_results
from orlop.lifecycle.proofs import carried_results

Results = Annotated[
    list[Path] | None,
    typer.Option(
        "--results",
        metavar="PATH",
        help="Results of gates, of orlop gate or of a job: a JSON file, or a folder of them, instead of those that the "
        "drivers carry. Repeatable.",
    ),
]


@dataclass(frozen=True)
class Seen:
    """The results, the oldest first; `named` says that they are from files, and not from the drivers.

    `faults` are what is wrong with what a driver carries, by its name.
    """

    results: tuple[Result, ...]
    named: bool
    faults: Mapping[str, str] = field(default_factory=dict)

    def of(self, driver: str, day: dt.date | None = None) -> tuple[Result, ...] | None:
        """What is known of one driver; None when nobody has looked.

        A driver carries its last result only: of the days before that, nothing is known.
        """
        mine = tuple(one for one in self.results if one.driver == driver)
        if self.named or any(day is None or one.date <= day for one in mine):
            return mine
        return None


def results_of(places: Sequence[Path] | None) -> Seen:
    """The results in these files and folders; when none is named, those of the installed drivers.

    Raises:
        Failure: one of the files cannot be read, or is no result.
    """
    if not places:
        return _carried()
    try:
        return Seen(read_results(places), named=True)
    except UnreadableResult as error:
        raise Failure(str(error)) from error


def _carried() -> Seen:
    found: list[Result] = []
    faults = {}
    for point in entry_points(group=GROUP):
        try:
            found += carried_results(point)
        except UnreadableResult as error:
            faults[point.name] = str(error)
    return Seen(tuple(sorted(found, key=lambda one: (one.date, one.driver))), named=False, faults=faults)
