"""`orlop gate`: prove that a store does what it claims."""

from __future__ import annotations

from typing import Annotated

import typer

from orlop.cli.session import Session


def command(
    ctx: typer.Context,
    store: Annotated[str, typer.Argument(metavar="STORE", help="The store, by its name.")],
) -> int:
    """Run the conformance gate against a store's backend."""
    session: Session = ctx.obj
    del session, store
    return 0
