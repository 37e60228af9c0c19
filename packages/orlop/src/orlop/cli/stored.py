"""What the user is told of an image that has been stored, also when a signal comes in that moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from orlop.cli import documents
from orlop.cli.interruption import Interrupted
from orlop.cli.output import fields, result
from orlop.cli.session import Session
from orlop.cli.wording import duration_and_rate, exact_size
from orlop.events import Event, Kind, Listener
from orlop.records import Receipt


def show_receipt(session: Session, receipt: Receipt, image_id: str) -> None:
    """Tell what has been stored, and where."""
    document = documents.stored(receipt, image_id)
    rows = [
        ("id", image_id),
        ("location", document["location"]),
        ("store", receipt.store),
        ("size", exact_size(receipt.size)),
        *receipt.digests.items(),
        ("time", duration_and_rate(receipt.size, receipt.seconds)),
    ]
    result(session, document, lambda: fields(rows))


@contextmanager
def stored_is_told() -> Iterator[Callable[[Listener], Listener]]:
    """A context in which a signal that comes after the commit says that the image is there all the same.

    It gives a function that wraps the listener of a transfer: from the transfer's events it is known whether the image
    has been committed. Before that a signal leaves nothing behind.
    """
    committed: list[Event] = []

    def watch(listener: Listener) -> Listener:
        def hear(event: Event) -> None:
            if event.kind is Kind.COMMITTED:
                committed.append(event)
            listener(event)

        return hear

    try:
        yield watch
    except Interrupted as error:
        for event in committed:
            error.add_note(f"the image {event.subject} had been stored in {event.store} by then, and is there")
        raise
