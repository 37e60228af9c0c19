"""`orlop put`: store an image."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import IO, Annotated, TextIO
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import typer

from orlop.cli.failures import Misuse, local
from orlop.cli.lookup import find
from orlop.cli.options import Digests, Expect, StoreName
from orlop.cli.parsing import algorithms, digests_expected, size_of
from orlop.cli.progress import meter
from orlop.cli.session import Session
from orlop.cli.stored import show_receipt, stored_is_told
from orlop.cli.terminals import is_terminal
from orlop.location import is_location, refused_id
from orlop.records import Receipt
from orlop.source import Source
from orlop.store import DEFAULT_DIGESTS

_Put = Callable[[Source, int | None], Receipt]


def command(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FILE|URL|-", help="What to store; - is stdin.")],
    *,
    store: StoreName = None,
    image_id: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", help="The image's id. Without it: the file's name; for - a UUID."),
    ] = None,
    digest: Digests = None,
    expect: Expect = None,
    size: Annotated[
        str | None, typer.Option("--size", metavar="N", help="How many bytes there must be (4096, 64K, 2G).")
    ] = None,
) -> None:
    """Store an image, whole or not at all.

    The digests are kept with the image where the store can, so that `orlop verify` finds damage years later.
    """
    session: Session = ctx.obj
    wanted_digests = algorithms(digest, DEFAULT_DIGESTS)
    wanted = digests_expected(expect)
    announced = None if size is None else size_of(size, "--size")
    name = image_id if image_id is not None else _default_id(source)
    target = session.store(store)

    with stored_is_told() as watch:

        def put(data: Source, known: int | None) -> Receipt:
            with meter(session, name) as progress:
                total = known if announced is None else announced
                hear = watch(progress.hear)
                return target.put(name, data, size=total, digests=wanted_digests, expect=wanted, on_event=hear)

        if is_location(source):
            origin = find(session, source, None)
            with origin.store.open(origin.location) as reader:
                receipt = put(reader, reader.size)
        else:
            receipt = _put_file(source, put)
        show_receipt(session, receipt, name)


def _put_file(source: str, put: _Put) -> Receipt:
    """Store a local file or stdin; what goes wrong with that is no fault of the store's."""
    try:
        if source != "-":
            with open(source, "rb") as file:
                return put(file, _known_size(file))
        stdin: TextIO | None = sys.stdin
        if stdin is None or is_terminal(stdin):
            raise Misuse("there is nothing on stdin, it is a terminal or closed; pipe an image to it, or name a file")
        return put(stdin.buffer, _known_size(stdin.buffer))
    except OSError as error:
        raise local(error, "standard input" if source == "-" else source) from error


def _known_size(file: IO[bytes]) -> int | None:
    """How many bytes a file has from here to its end; None where that shows only in the end."""
    try:
        status = os.fstat(file.fileno())
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISBLK(status.st_mode)):
            return None
        here = file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(here)
    except (OSError, ValueError):
        return None
    return end - here if end > here else None  # files of /proc say 0 and have more


def _default_id(source: str) -> str:
    """The last part of a path or URL; a UUID for stdin."""
    if source == "-":
        return str(uuid4())
    path = unquote(urlsplit(source).path) if is_location(source) else source
    name = PurePosixPath(path).name
    if reason := refused_id(name):
        raise Misuse(f"{name!r} cannot be the image's id ({reason}); give one with --id")
    return name
