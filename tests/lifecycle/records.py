"""A valid record as a table, to be changed by tests."""

from __future__ import annotations

from typing import Any

from orlop.lifecycle.record import Record, record_from

MAINTAINER = {"name": "Ada", "email": "ada@example.org", "nick": "ada"}
JOB = {"name": "gate", "command": "make gate", "voting": True, "suites": ["glance-functional"], "servers": ["ceph"]}
THREE = ("READ_ACCESS", "WRITE_ACCESS", "DRIVER_REUSABLE")


def table(**changed: Any) -> dict[str, Any]:
    """A valid candidacy, with some of its fields changed."""
    valid = {
        "schema": 1,
        "title": "A store",
        "summary": "Stores things.",
        "since": "0.1.0",
        "maintainers": [MAINTAINER],
        "jobs": [JOB],
        "capabilities": {"required": list(THREE)},
        "history": [{"date": "2015-01-01", "status": "supported", "reason": "it works"}],
    }
    return valid | changed


def record(**changed: Any) -> Record:
    """The same as a record."""
    return record_from(table(**changed))
