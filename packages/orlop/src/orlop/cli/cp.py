"""`orlop cp`: from any store to any store."""

from __future__ import annotations

from collections.abc import Container
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from orlop.cli.failures import Misuse
from orlop.cli.lookup import Found, find
from orlop.cli.options import Digests, Expect, Image, StoreName, store_names
from orlop.cli.parsing import algorithms, copy_target, digests_expected, store_and_id
from orlop.cli.progress import meter
from orlop.cli.session import Session
from orlop.cli.stored import show_receipt, stored_is_told
from orlop.location import is_location, refused_id
from orlop.store import DEFAULT_DIGESTS


def _targets(ctx: typer.Context, incomplete: str) -> list[str]:
    return [f"{name}:" for name in store_names(ctx, incomplete)]


def command(
    ctx: typer.Context,
    image: Image,
    target: Annotated[
        str,
        typer.Argument(
            metavar="STORE:[ID]", help="Where to. Without an ID the image keeps its own.", autocompletion=_targets
        ),
    ],
    *,
    store: StoreName = None,
    digest: Digests = None,
    expect: Expect = None,
) -> None:
    """Copy an image from any store to any store: streamed, verified, without a temporary copy.

    The bytes are compared with --expect, or else with the digests that the first store keeps. --store says in which
    store the image is.
    """
    session: Session = ctx.obj
    wanted_digests = algorithms(digest, DEFAULT_DIGESTS)
    wanted = digests_expected(expect)
    name, given = copy_target(target)
    into = session.store(name)
    source = find(session, image, store)
    image_id = given or _own_id(source, image, session.stores if store is None else ())
    with stored_is_told() as watch:
        with meter(session, image_id) as progress:
            receipt = source.store.copy(
                source.location, into, image_id, digests=wanted_digests, expect=wanted, on_event=watch(progress.hear)
            )
        show_receipt(session, receipt, image_id)


def _own_id(source: Found, image: str, stores: Container[object]) -> str:
    """The id that the image has where it is, or the last part of its location."""
    known = source.store.stat(source.location).image_id if is_location(image) else store_and_id(image, stores)[1]
    name = known or PurePosixPath(unquote(urlsplit(source.location).path)).name
    if reason := refused_id(name):
        raise Misuse(f"{name!r} cannot be the copy's id ({reason}); give one after the store: STORE:ID")
    return name
