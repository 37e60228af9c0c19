"""`orlop drivers`: the installed drivers."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Any

import typer

from orlop.cli import documents
from orlop.cli.gate_results import Results, Seen, results_of
from orlop.cli.output import result, table
from orlop.cli.session import Session
from orlop.errors import InvalidSettings
from orlop.lifecycle.carried import carried
from orlop.lifecycle.record import InvalidRecord
from orlop.registry import GROUP, driver_type


def command(
    ctx: typer.Context,
    *,
    results: Results = None,
    long: Annotated[
        bool, typer.Option("--long", "-l", help="Maintainers, servers of the gate, and capabilities, too.")
    ] = False,
) -> None:
    """List the installed drivers: who keeps them, their status, what they can do at most, and what they still need.

    It also says when their gates were last green; with --long on what, and which capabilities they have proved.
    """
    session: Session = ctx.obj
    seen = results_of(results)
    rows = [_described(point, seen) for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)]
    heads = ["NAME", "FROM", "STATUS", "LAST GREEN", "SCHEMES"]
    more = ["MAINTAINER", "ON", "CAPABILITIES"] if long else []
    shown = [[*_summary(row), *(_details(row) if long else [])] for row in rows]
    result(session, {"drivers": rows}, lambda: table([*heads, *more], shown))


def _summary(row: dict[str, Any]) -> list[str]:
    return [
        row["name"],
        f"{row['distribution']} {row['version']}",
        row["status"] or "-",
        row["last_green"] or _never(row),
        row["error"] or " ".join(row["schemes"]) or "-",
    ]


def _details(row: dict[str, Any]) -> list[str]:
    proved = row["proved"]
    claimed = [name if proved is None or name in proved else f"{name} (not proved)" for name in row["capabilities"]]
    return [
        ", ".join(one["name"] for one in row["maintainers"]) or "-",
        ", ".join(row["servers"]) or "-",
        " ".join(claimed) or "-",
    ]


def _never(row: dict[str, Any]) -> str:
    """Why no green result can be shown."""
    if row["result_error"]:
        return "unreadable"
    return "no result" if row["proved"] is None else "never"


def _described(point: EntryPoint, seen: Seen) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": point.name,
        "distribution": point.dist.name if point.dist else None,
        "version": point.dist.version if point.dist else None,
        "schemes": [],
        "uri": None,
        "capabilities": [],
        "error": None,
    }
    row |= _life(point) | _seen(point.name, seen)
    try:
        kind = driver_type(point.name)
    except InvalidSettings as error:
        return row | {"error": error.reason}
    return row | {
        "schemes": list(kind.schemes),
        "uri": kind.settings_type.takes_uri or None,
        "capabilities": documents.capabilities(kind.capabilities),
    }


def _life(point: EntryPoint) -> dict[str, Any]:
    """What the driver says of itself; an error where that is not valid, nothing where it says nothing."""
    row: dict[str, Any] = {"title": None, "status": None, "status_since": None, "maintainers": [], "record_error": None}
    try:
        record = carried(point)
    except InvalidRecord as error:
        return row | {"record_error": str(error)}
    if record is None:
        return row
    return row | {
        "title": record.title,
        "status": record.latest.status.value,
        "status_since": record.latest.date.isoformat(),
        "maintainers": [one.model_dump() for one in record.maintainers],
    }


def _seen(driver: str, seen: Seen) -> dict[str, Any]:
    """What the results show; `proved` is null when there is none that could prove anything."""
    mine = [one for one in seen.of(driver) or () if one.complete]
    green = next((one for one in reversed(mine) if one.green), None)
    return {
        "proved": sorted(mine[-1].proved) if mine else None,
        "last_green": green.date.isoformat() if green else None,
        "servers": list(green.servers) if green else [],
        "commit": green.commit or None if green else None,
        "result_error": seen.faults.get(driver),
    }
