"""The drivers of glance_store as they were in January 2016, with their keepers.

The list is that of the library's documentation as it was merged on 2016-01-19; the rules and their days are those of the
mails of 2015-12-10, 2016-01-11 and 2016-01-19 (openstack-dev, "glance_store drivers deprecation/stabilization"). Supposed
are only the day since which a driver is supported (before all of that), the release that had it first, and what stands
for the keepers' names; no rule looks at these.
"""

from __future__ import annotations

import datetime as dt

from orlop.lifecycle.evidence import Result
from orlop.lifecycle.record import Record

from tests.lifecycle.records import THREE, record

SIGNED_UP = dt.date(2016, 1, 19)
"""The day on which the list of maintainers was closed."""
KEEPERS = {
    "file": "the Glance team",
    "http": "the Glance team",
    "rbd": "a keeper of rbd",
    "cinder": "a keeper of cinder",
    "swift": "a keeper of swift",
    "vmware": "a keeper of vmware",
    "sheepdog": "a keeper of sheepdog",
    "s3": None,
}
"""The list as it was merged on that day; one person each where it is not the team."""


def drivers() -> dict[str, Record]:
    """Their records; no driver had a voting job of its own."""
    return {name: _record(keeper) for name, keeper in KEEPERS.items()}


def _record(keeper: str | None) -> Record:
    keepers = [{"name": keeper, "email": "keeper@example.org", "nick": "keeper"}] if keeper else []
    return record(since="kilo", maintainers=keepers, jobs=[], migration="Copy the images to another store.")


def gate(driver: str, day: str, proved: tuple[str, ...] = THREE, *, passed: bool = True) -> Result:
    """What a gate would have said."""
    return Result(
        driver,
        dt.date.fromisoformat(day),
        passed=passed,
        complete=True,
        proved=frozenset(proved),
        suites=frozenset({"orlop-gate", "glance-functional"}),
    )
