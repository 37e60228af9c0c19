"""A report in which everything occurs once, every text of it hostile."""

from __future__ import annotations

from typing import Any

HOSTILE = "<script>alert(1)</script>&\"'\x1b[31m\u202eevil"
SHOWN = "<script>alert(1)</script>&\"'\\x1b[31m\\u202eevil"
"""What a reader sees of it."""
_LONG = "x" * 300


def case(name: str, outcome: str, **more: Any) -> dict[str, Any]:
    found = {
        "case": name,
        "group": "Sizes",
        "outcome": outcome,
        "seconds": 0.25,
        "minimum": False,
        "capabilities": ["WRITE_ACCESS"],
        "notes": [],
        "deviation": None,
        "message": "",
    }
    return found | more


def gate(**more: Any) -> dict[str, Any]:
    cases = [
        case("test_put[empty]", "passed"),
        case("test_put[one-byte]", "passed"),
        case("test_put[huge]", "passed", notes=["slow today"]),
        case(f"test_{HOSTILE}", "failed", group=HOSTILE, message=f"{HOSTILE}\n{_LONG}\nlast line"),
        case("test_acl", "refused", capabilities=["ACL"]),
        case("test_odd", "deviates", deviation={"expires": "2027-01-31", "reason": HOSTILE}),
        case("test_noted", "passed", notes=[HOSTILE], seconds=250.4),
    ]
    found = {
        "class": f"tests:{HOSTILE}",
        "store": HOSTILE,
        "driver": HOSTILE,
        "driver_type": HOSTILE,
        "distribution": {"name": HOSTILE, "version": HOSTILE},
        "server": HOSTILE,
        "witness": {"type": HOSTILE, "independent": False},
        "capabilities": {
            "claimed": ["READ_ACCESS", "WRITE_ACCESS", "COPY"],
            "lost": ["COPY"],
            "proved": ["READ_ACCESS"],
        },
        "passed": False,
        "missing": ["test_never_run", HOSTILE],
        "seconds": 252.0,
        "groups": {"Sizes": "Of every size.", HOSTILE: HOSTILE},
        "cases": cases,
    }
    return found | more


def good() -> dict[str, Any]:
    """A gate in which nothing is wrong."""
    return gate(
        driver="fine",
        store="images",
        distribution=None,
        server=None,
        witness={"type": "fine:Witness", "independent": True},
        capabilities={"claimed": ["WRITE_ACCESS"], "lost": [], "proved": ["WRITE_ACCESS"]},
        passed=True,
        missing=[],
        cases=[case("test_put[empty]", "passed"), case("test_acl", "refused", capabilities=["ACL"])],
    )


def report(*gates: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": 1,
        "kit": {"name": "orlop", "version": HOSTILE},
        "python": HOSTILE,
        "platform": HOSTILE,
        "date": "2026-11-22T23:30:00+02:00",
        "gates": list(gates),
    }
