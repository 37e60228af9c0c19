"""`orlop ls`: the images of a store."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orlop.capabilities import Capability
from orlop.cli import documents
from orlop.cli.failures import code_of, document_of, tell
from orlop.cli.options import StoreName
from orlop.cli.output import message, result, table
from orlop.cli.session import Session
from orlop.cli.wording import human_size, moment
from orlop.errors import StoreError
from orlop.records import Stat


def command(
    ctx: typer.Context,
    store: StoreName = None,
    everywhere: Annotated[bool, typer.Option("--all", "-a", help="The images of all stores.")] = False,
) -> int:
    """List the images of the default store, of --store, or of all stores."""
    session: Session = ctx.obj
    if not everywhere or store is not None:
        chosen = session.store(store)
        _show(session, [(chosen.name, image) for image in chosen.list()], [], everywhere=False)
        return 0
    images: list[tuple[str, Stat]] = []
    failures: list[StoreError] = []
    for name in session.stores:
        try:
            one = session.stores[name]
            if Capability.LIST in one.capabilities:
                images += [(name, image) for image in one.list()]
            else:
                message(session, f"{name}: this store does not list its images")
        except StoreError as error:
            tell(error, session)
            failures.append(error)
    _show(session, images, failures, everywhere=True)
    return int(code_of(failures[0])) if failures else 0


def _show(session: Session, images: list[tuple[str, Stat]], failures: list[StoreError], *, everywhere: bool) -> None:
    ordered = sorted(images, key=lambda item: (item[0], item[1].image_id or "", item[1].location))
    found = [documents.image(image, name) for name, image in ordered]
    document: dict[str, Any] = {"images": found, "errors": [document_of(error) for error in failures]}
    heads = [*(["STORE"] if everywhere else []), "ID", "SIZE", "ALLOCATED", "DIGESTS", "MODIFIED", "LOCATION"]
    rows = (
        [
            *([name] if everywhere else []),
            image.image_id or "-",
            human_size(image.size),
            human_size(image.allocated),
            ",".join(image.digests) or "-",
            moment(image.modified),
            shown["location"],
        ]
        for (name, image), shown in zip(ordered, found, strict=True)
    )
    result(session, document, lambda: table(heads, rows, right=("SIZE", "ALLOCATED")))
