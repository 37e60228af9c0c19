"""`orlop rm`: delete images."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from orlop.cli.exit_codes import ExitCode
from orlop.cli.failures import code_of, document_of, tell
from orlop.cli.lookup import Found, find_to_delete
from orlop.cli.options import StoreName
from orlop.cli.output import message, result
from orlop.cli.session import Session
from orlop.cli.terminals import is_terminal
from orlop.cli.wording import harmless
from orlop.errors import StoreError
from orlop.location import without_secrets


def command(
    ctx: typer.Context,
    images: Annotated[
        list[str], typer.Argument(metavar="ID|LOCATION...", help="The images: ids, STORE:ID, or locations.")
    ],
    store: StoreName = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask. Nothing is asked without a terminal.")] = False,
) -> int:
    """Delete images.

    An id names an image of --store or of the default store: the same id elsewhere may be a copy. On a terminal each is
    asked for first; one that is kept is told, and the exit code is 1. One that cannot be deleted does not keep the
    others; the exit code is that of the first failure.
    """
    session: Session = ctx.obj
    asks = not yes and is_terminal(sys.stdin) and is_terminal(sys.stderr)
    done: list[dict[str, Any]] = []
    failures: list[StoreError] = []
    for image in dict.fromkeys(images):
        outcome: dict[str, Any] = {"image": without_secrets(image), "deleted": False, "location": None, "error": None}
        try:
            found = find_to_delete(session, image, store)
            outcome |= {"store": found.store.name, "location": without_secrets(found.location)}
            outcome["deleted"] = not asks or _agreed(found)
            if outcome["deleted"]:
                found.store.delete(found.location)
                message(session, f"deleted {outcome['location']} from {found.store.name}")
            else:
                message(session, f"kept {outcome['location']} in {found.store.name}")
        except StoreError as error:
            outcome |= {"deleted": False, "error": document_of(error)}
            failures.append(error)
            tell(error, session)
        done.append({"store": None} | outcome)
    if session.json:
        result(session, {"images": done}, lambda: "")
    if failures:
        return int(code_of(failures[0]))
    return int(ExitCode.OK if all(one["deleted"] for one in done) else ExitCode.FAILED)


def _agreed(found: Found) -> bool:
    question = f"delete {without_secrets(found.location)} from the store {found.store.name}?"
    return typer.confirm(harmless(question), err=True)
