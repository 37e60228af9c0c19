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
    long: Annotated[
        bool, typer.Option("--long", "-l", help="What they take in the store, their digests and locations, too.")
    ] = False,
) -> int:
    """List the images of the default store, of --store, or of all stores.

    With --json `digests` is null where the store's listing does not tell them; `orlop stat` does.
    """
    session: Session = ctx.obj
    if not everywhere or store is not None:
        chosen = session.store(store)
        _show(session, [(chosen.name, image) for image in chosen.list()], [], everywhere=False, long=long)
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
    _show(session, images, failures, everywhere=True, long=long)
    return int(code_of(failures[0])) if failures else 0


def _show(
    session: Session, images: list[tuple[str, Stat]], failures: list[StoreError], *, everywhere: bool, long: bool
) -> None:
    ordered = sorted(images, key=lambda item: (item[0], item[1].image_id or "", item[1].location))
    found = [documents.listed(image, name) for name, image in ordered]
    document: dict[str, Any] = {"images": found, "errors": [document_of(error) for error in failures]}
    columns: dict[str, list[str]] = {
        **({"STORE": [name for name, _ in ordered]} if everywhere else {}),
        "ID": [image.image_id or "-" for _, image in ordered],
        "SIZE": [human_size(image.size) for _, image in ordered],
        **({"ALLOCATED": [human_size(image.allocated) for _, image in ordered]} if long else {}),
        **({"DIGESTS": [",".join(image.digests) or "-" for _, image in ordered]} if long else {}),
        "MODIFIED": [moment(image.modified, long=long) for _, image in ordered],
        **({"LOCATION": [shown["location"] for shown in found]} if long else {}),
    }
    rows = zip(*columns.values(), strict=True)
    result(session, document, lambda: table(list(columns), rows, right=("SIZE", "ALLOCATED")))
