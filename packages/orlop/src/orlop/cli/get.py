"""`orlop get`: read an image."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from orlop.cli.failures import Misuse, note
from orlop.cli.landing import Landing, abandoned, is_stdout, landing
from orlop.cli.lookup import Found, find
from orlop.cli.options import Expect, Image, StoreName
from orlop.cli.output import fields, result
from orlop.cli.parsing import digests_expected, range_of
from orlop.cli.progress import meter
from orlop.cli.session import Session
from orlop.cli.terminals import is_terminal
from orlop.cli.wording import duration_and_rate, exact_size
from orlop.errors import Unsupported
from orlop.location import is_location, without_secrets
from orlop.reading import ImageReader
from orlop.source import blocks

_BLOCK = 1024 * 1024


def command(
    ctx: typer.Context,
    image: Image,
    *,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="OUT", help="A file, a folder, a device, or - for stdout."),
    ] = None,
    store: StoreName = None,
    part: Annotated[
        str | None,
        typer.Option("--range", metavar="A:B", help="Bytes A up to, not including, B; A: or :B, or -N for the last N."),
    ] = None,
    expect: Expect = None,
    verify: Annotated[
        bool | None,
        typer.Option(
            "--verify/--no-verify", help="Compare with the digests that the store keeps. Usually done if any."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace a file, or overwrite a device.")] = False,
) -> None:
    """Read an image into a file, or to stdout when that is no terminal.

    A file appears under its name only when it is whole and right, and zeros in it become holes. What goes to stdout is
    compared too, but has gone out by then: the exit code tells.
    """
    session: Session = ctx.obj
    wanted = digests_expected(expect)
    if part is not None and (wanted or verify):
        raise Misuse("only a whole image can be compared with digests, no --range of it")
    if output is not None and is_stdout(output):
        output = "-"
    _check_output(session, output)
    found = find(session, image, store)
    check = wanted if wanted or part is not None or verify is False else _kept(found, needed=verify is True)
    begun = time.monotonic()
    name = image if not is_location(image) else PurePosixPath(unquote(urlsplit(image).path)).name
    with _opened(found, part, check) as reader:
        place = landing(output or "-", name, force=force)
        for left in abandoned(place):
            note(f"{left} is left of an 'orlop get' that was killed; it can be removed", session)
        try:
            size = _copy(session, reader, place, name)
            place.finish()
        finally:
            place.leave()
    proof = ", ".join(check or ()) or f"no: {_why_not(part, verify)}"
    _tell(session, found, place, size=size, seconds=time.monotonic() - begun, verified=check or {}, proof=proof)


def _check_output(session: Session, output: str | None) -> None:
    """Refuse before anything is read what can only go wrong."""
    if output in {None, "-"}:
        if is_terminal(sys.stdout):
            raise Misuse("an image is nothing for a terminal; name a file with -o, or send stdout elsewhere")
        if session.json:
            raise Misuse("--json and an image cannot both go to stdout; name a file with -o")


def _why_not(part: str | None, verify: bool | None) -> str:
    """Why an image was compared with no digest."""
    if part is not None:
        return "only a whole image can be"
    return "--no-verify was given" if verify is False else "the store keeps no digest of it"


def _kept(found: Found, *, needed: bool) -> Mapping[str, str] | None:
    """The digests that the store keeps with the image."""
    kept = found.store.stat(found.location).digests
    if needed and not kept:
        reason = "no digest is kept with this image; say with --expect which one it must have"
        raise Unsupported(reason, store=found.store.name, operation="verify", location=found.location)
    return kept or None


def _opened(found: Found, part: str | None, verify: Mapping[str, str] | None) -> ImageReader:
    if part is None:
        return found.store.open(found.location, verify=verify)
    start, stop = range_of(part)
    if start is not None:
        return found.store.open(found.location, start, stop)
    size = found.store.stat(found.location).size
    if size is None:
        reason = "the store does not say how large the image is, so its end is unknown; use A:B"
        raise Unsupported(reason, store=found.store.name, operation="open", location=found.location)
    return found.store.open(found.location, max(0, size - (stop or 0)))


def _copy(session: Session, reader: ImageReader, place: Landing, name: str) -> int:
    done = 0
    with meter(session, name) as progress:
        progress.at(0, reader.size)
        for block in blocks(reader, _BLOCK):
            place.take(block)
            done += len(block)
            progress.at(done, reader.size)
    return done


def _tell(
    session: Session,
    found: Found,
    place: Landing,
    *,
    size: int,
    seconds: float,
    verified: Mapping[str, str],
    proof: str,
) -> None:
    """What has been read, and how it was compared; on stderr and only with -v when stdout has the image."""
    if place.name == "standard output":
        if session.verbose:
            note(f"{exact_size(size)}, {duration_and_rate(size, seconds)}, {proof}", session)
        return
    document = {
        "store": found.store.name,
        "location": without_secrets(found.location),
        "output": place.name,
        "size": size,
        "seconds": round(seconds, 3),
        "verified": dict(verified),
    }
    rows = [
        ("location", without_secrets(found.location)),
        ("store", found.store.name),
        ("output", place.name),
        ("size", exact_size(size)),
        ("verified", proof),
        ("time", duration_and_rate(size, seconds)),
    ]
    result(session, document, lambda: fields(rows))
