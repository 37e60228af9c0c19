"""The results of gates that a command is given: the option, and what is in those files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from orlop.cli.failures import Failure
from orlop.lifecycle.evidence import Result, UnreadableResult, read_results

Results = Annotated[
    list[Path] | None,
    typer.Option(
        "--results",
        metavar="PATH",
        help="Results of gates, of orlop gate or of a job: a JSON file, or a folder of them. Repeatable.",
    ),
]


def results_of(places: Sequence[Path] | None) -> tuple[Result, ...] | None:
    """The results in these files and folders; None when none was named.

    Raises:
        Failure: one cannot be read, or is no result.
    """
    try:
        return read_results(places) if places else None
    except UnreadableResult as error:
        raise Failure(str(error)) from error
