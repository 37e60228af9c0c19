"""`orlop drivers`: the installed drivers."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer

from orlop.cli import documents
from orlop.cli.output import result, table
from orlop.cli.session import Session
from orlop.errors import InvalidSettings
from orlop.registry import GROUP, driver_type


def command(ctx: typer.Context) -> None:
    """List the installed drivers: where they come from, what they can do at most, and what they still need."""
    session: Session = ctx.obj
    rows = [_described(point) for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)]
    heads = ["NAME", "FROM", "SCHEMES", "URI", "CAPABILITIES"]
    shown = [
        [
            row["name"],
            f"{row['distribution']} {row['version']}",
            " ".join(row["schemes"]) or "-",
            row["uri"] or "-",
            row["error"] or " ".join(row["capabilities"]),
        ]
        for row in rows
    ]
    result(session, {"drivers": rows}, lambda: table(heads, shown))


def _described(point: EntryPoint) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": point.name,
        "distribution": point.dist.name if point.dist else None,
        "version": point.dist.version if point.dist else None,
        "schemes": [],
        "uri": None,
        "capabilities": [],
        "error": None,
    }
    try:
        kind = driver_type(point.name)
    except InvalidSettings as error:
        return row | {"error": error.reason}
    return row | {
        "schemes": list(kind.schemes),
        "uri": kind.settings_type.takes_uri or None,
        "capabilities": documents.capabilities(kind.capabilities),
    }
