"""`orlop verify`: compare images with the digests that were kept with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from orlop.capabilities import Capability
from orlop.cli.exit_codes import ExitCode
from orlop.cli.failures import Misuse, code_of, document_of, tell
from orlop.cli.lookup import Found, find
from orlop.cli.options import Expect, Images, StoreName
from orlop.cli.output import message, result, table
from orlop.cli.parsing import digests_expected
from orlop.cli.progress import Meter, meter
from orlop.cli.session import Session
from orlop.errors import Mismatch, StoreError, Unsupported
from orlop.location import without_secrets

OK, FAILED, UNKNOWN = "ok", "failed", "no digest kept"


def command(
    ctx: typer.Context,
    images: Images = None,
    store: StoreName = None,
    everything: Annotated[bool, typer.Option("--all", "-a", help="Every image of all stores, or of --store.")] = False,
    expect: Expect = None,
) -> int:
    """Read images and compare them with the digests that are kept with them, or with --expect.

    The exit code is 5 when one of them is damaged, else that of the first failure. An image without a kept digest is
    a failure when it was named; with --all it is only counted. With --quiet only failures are told.
    """
    session: Session = ctx.obj
    wanted = digests_expected(expect)
    if bool(images) == everything:
        raise Misuse("name the images to verify, or say --all")
    if wanted and (everything or len(images or ()) != 1):
        raise Misuse("--expect goes with one image")
    outcomes: list[dict[str, Any]] = []
    failures: list[StoreError] = []
    with meter(session, "") as progress:
        for image in _all(session, store, failures) if everything else images or ():
            outcome, error = _verified(session, image, store, wanted, progress)
            outcomes.append(outcome)
            if error is not None and not (everything and outcome["result"] == UNKNOWN):
                failures.append(error)
                tell(error, session)
    _show(session, outcomes, failures)
    if any(isinstance(error, Mismatch) for error in failures):
        return int(ExitCode.MISMATCH)
    return int(code_of(failures[0])) if failures else 0


def _all(session: Session, store: str | None, failures: list[StoreError]) -> Iterator[Found]:
    for name in session.names([store] if store else []):
        try:
            one = session.stores[name]
            if Capability.LIST not in one.capabilities and store is None:
                message(session, f"{name}: this store does not list its images")
                continue
            for image in one.list():
                yield Found(one, image.location)
        except StoreError as error:
            failures.append(error)
            tell(error, session)


def _verified(
    session: Session, image: str | Found, store: str | None, expect: Mapping[str, str] | None, progress: Meter
) -> tuple[dict[str, Any], StoreError | None]:
    """One image's outcome, and the error when it is not well."""
    named = without_secrets(image.location if isinstance(image, Found) else image)
    outcome: dict[str, Any] = {"image": named, "store": None, "location": None}
    outcome |= {"result": FAILED, "digests": {}, "error": None}
    try:
        found = image if isinstance(image, Found) else find(session, image, store)
        outcome |= {"store": found.store.name, "location": without_secrets(found.location)}
        wanted = expect or found.store.stat(found.location).digests
        if not wanted:
            outcome["result"] = UNKNOWN
            reason = "no digest is kept with this image; say with --expect which one it must have"
            raise Unsupported(reason, store=found.store.name, operation="verify", location=found.location)
        _read(found, wanted, progress)
    except StoreError as error:
        return outcome | {"error": document_of(error)}, error
    return outcome | {"result": OK, "digests": dict(wanted)}, None


def _read(found: Found, wanted: Mapping[str, str], progress: Meter) -> None:
    done = 0
    with found.store.open(found.location, verify=wanted) as reader:
        progress.begin(without_secrets(found.location), reader.size)
        for piece in reader:
            done += len(piece)
            progress.at(done, reader.size)


def _show(session: Session, outcomes: list[dict[str, Any]], failures: list[StoreError]) -> None:
    counts = {kind: sum(one["result"] == kind for one in outcomes) for kind in (OK, FAILED, UNKNOWN)}
    document = {"images": outcomes, "summary": counts, "errors": [document_of(error) for error in failures]}
    rows = [[one["result"], ",".join(one["digests"]) or "-", one["location"] or one["image"]] for one in outcomes]
    if session.json or not session.quiet:  # each failure has been told on stderr
        result(session, document, lambda: table(["RESULT", "DIGESTS", "IMAGE"], rows))
    if len(outcomes) != 1:
        message(session, ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "nothing to verify")
