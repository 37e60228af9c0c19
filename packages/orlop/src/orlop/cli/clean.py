"""`orlop clean`: remove what dead uploads have left."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orlop.cli import documents
from orlop.cli.failures import code_of, document_of, tell
from orlop.cli.options import StoreNames
from orlop.cli.output import message, result, table
from orlop.cli.session import Session
from orlop.cli.wording import human_size, moment
from orlop.errors import StoreError
from orlop.records import Leftover
from orlop.store import Store


def command(
    ctx: typer.Context,
    stores: StoreNames = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only show what there is.")] = False,
) -> int:
    """Find what dead uploads have left in the stores, and remove it. Uploads that are alive are left alone."""
    session: Session = ctx.obj
    rows: list[dict[str, Any]] = []
    shown: list[list[str]] = []
    failures: list[StoreError] = []
    for name in session.names(stores or []):
        try:
            store = session.stores[name]
            for left in store.leftovers():
                error = None if dry_run else _removed(store, left)
                state = "left" if dry_run else "failed" if error else "removed"
                rows.append(
                    documents.leftover(left, name)
                    | {"removed": state == "removed", "error": document_of(error) if error else None}
                )
                shown.append([state, name, human_size(left.size), moment(left.modified), left.place])
                if error is not None:
                    failures.append(error)
                    tell(error, session)
        except StoreError as error:
            failures.append(error)
            tell(error, session)
    _show(session, rows, shown, failures, dry_run=dry_run)
    return int(code_of(failures[0])) if failures else 0


def _removed(store: Store, left: Leftover) -> StoreError | None:
    try:
        store.clean(left)
    except StoreError as error:
        return error
    return None


def _show(
    session: Session, rows: list[dict[str, Any]], shown: list[list[str]], failures: list[StoreError], *, dry_run: bool
) -> None:
    total = sum(row["size"] for row in rows if row["removed"] or dry_run)
    document = {
        "leftovers": rows,
        "dry_run": dry_run,
        "bytes": total,
        "errors": [document_of(error) for error in failures],
    }
    if session.json or rows:
        result(
            session, document, lambda: table(["STATE", "STORE", "SIZE", "MODIFIED", "PLACE"], shown, right=("SIZE",))
        )
    if not rows and not failures:
        message(session, "nothing is left of dead uploads")
    elif rows:
        message(session, f"{human_size(total)} {'could be freed' if dry_run else 'freed'}")
