"""The options and arguments that several commands have, and the completion of store names."""

from __future__ import annotations

from typing import Annotated, Any

import typer


def store_names(ctx: Any, incomplete: str) -> list[str]:
    """The configured stores whose names begin so; for the shell's completion."""
    from orlop.cli.session import open_stores  # noqa: PLC0415 - only completion needs it
    from orlop.errors import StoreError  # noqa: PLC0415

    try:
        names = list(open_stores(ctx.params.get("config") or ctx.find_root().params.get("config")))
    except StoreError:
        return []  # a shell that completes is no place for errors
    return [name for name in names if name.startswith(incomplete)]


Image = Annotated[str, typer.Argument(metavar="ID|LOCATION", help="The image: its id, STORE:ID, or its location.")]
Images = Annotated[
    list[str] | None, typer.Argument(metavar="[ID|LOCATION]...", help="The images: ids, STORE:ID, or locations.")
]
StoreName = Annotated[
    str | None,
    typer.Option("--store", "-s", metavar="STORE", help="The store, by its name.", autocompletion=store_names),
]
StoreNames = Annotated[
    list[str] | None,
    typer.Argument(metavar="[STORE]...", help="Stores by name; all without it.", autocompletion=store_names),
]
Digests = Annotated[
    list[str] | None,
    typer.Option("--digest", metavar="ALGO", help="A digest to compute and keep; may be repeated. Without it: sha256."),
]
Expect = Annotated[
    list[str] | None,
    typer.Option(
        "--expect",
        metavar="ALGO:HEX",
        help="A digest that the image must have; may be repeated. Bare HEX is told apart by its length.",
    ),
]
