"""`orlop stores`: the configured stores."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orlop.cli import documents
from orlop.cli.failures import message_of
from orlop.cli.output import result, table
from orlop.cli.session import Session
from orlop.errors import StoreError


def command(
    ctx: typer.Context,
    *,
    long: Annotated[bool, typer.Option("--long", "-l", help="What each store can do, too.")] = False,
) -> None:
    """List the configured stores: their drivers and capabilities, and which one is the default.

    Nothing is asked of the backends; `orlop check` does that.
    """
    session: Session = ctx.obj
    rows = [_described(session, name) for name in session.stores]
    heads = ["NAME", "DRIVER", "STATE", "DESCRIPTION", *(["CAPABILITIES"] if long else [])]
    shown = [
        [
            f"{row['name']} *" if row["default"] else row["name"],
            row["driver"] or "-",
            "broken" if row["error"] else "configured",
            row["error"] or row["description"] or "-",
            *([" ".join(row["capabilities"]) or "-"] if long else []),
        ]
        for row in rows
    ]
    result(session, {"stores": rows}, lambda: table(heads, shown))


def _described(session: Session, name: str) -> dict[str, Any]:
    configuration = session.stores.configuration
    row: dict[str, Any] = {
        "name": name,
        "driver": None,
        "default": name == configuration.default_store,
        "description": None,
        "weight": None,
        "schemes": [],
        "capabilities": [],
        "error": None,
    }
    if name in configuration.stores:
        settings = configuration.stores[name]
        row |= {"driver": settings.driver, "description": settings.description, "weight": settings.weight}
    try:
        store = session.stores[name]
        row |= {"schemes": list(store.schemes), "capabilities": documents.capabilities(store.capabilities)}
    except StoreError as error:
        row["error"] = message_of(error)
    return row
