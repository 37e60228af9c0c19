"""`orlop stat`: what is known of one image."""

from __future__ import annotations

import typer

from orlop.cli import documents
from orlop.cli.lookup import find
from orlop.cli.options import Image, StoreName
from orlop.cli.output import fields, result
from orlop.cli.session import Session
from orlop.cli.wording import exact_size, moment


def command(ctx: typer.Context, image: Image, store: StoreName = None) -> None:
    """Show what a store knows of an image, without reading it."""
    session: Session = ctx.obj
    found = find(session, image, store)
    known = found.store.stat(found.location)
    document = documents.image(known, found.store.name)
    rows = [
        ("id", known.image_id or "-"),
        ("location", document["location"]),
        ("store", found.store.name),
        ("size", exact_size(known.size)),
        ("allocated", exact_size(known.allocated)),
        ("modified", moment(known.modified)),
        *known.digests.items(),
    ]
    result(session, document, lambda: fields(rows))
