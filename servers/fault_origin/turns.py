"""Whose turn it is to meet a fault: counts of requests by key."""

from collections import Counter

from servers.fault_origin.faults import Faults


class Turns:
    """How many requests each key has had."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def take(self, method: str, target: str, asked: Faults) -> tuple[Faults, str]:
        """Count a request; return the faults that it meets, and the ETag at this time."""
        key = asked.key or target
        concerned = asked.only in {"", method}
        if concerned:
            self._counts[key] += 1
        number = self._counts[key]
        late = asked.etag_after is not None and number > asked.etag_after
        met = concerned and number > asked.after
        if asked.times and number > asked.after + asked.times:
            met = False
        return asked if met else asked.well(), asked.etag_then if late else asked.etag

    def forget(self) -> None:
        """Count from 0 again."""
        self._counts.clear()
