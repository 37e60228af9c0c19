"""The results of gates that drivers carry: what each has shown when it was last green, as it was installed."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint

from orlop.lifecycle.carried import RESULT, beside
from orlop.lifecycle.evidence import Result, UnreadableResult, results_in


def carried_results(point: EntryPoint) -> tuple[Result, ...]:
    """The results in the file beside the code that an entry point names; none where there is no such file.

    Raises:
        UnreadableResult: there is one, and it cannot be read, or is no result of a gate.
    """
    where = f"{RESULT} of the {point.name} driver"
    try:
        text = beside(point, RESULT)
        found = () if text is None else results_in(json.loads(text))
    except (OSError, ImportError, ValueError) as error:
        raise UnreadableResult(f"{where}: {error}") from None
    if found is None:
        raise UnreadableResult(f"{where}: this is no result of a gate")
    return tuple(one for one in found if one.driver == point.name)
