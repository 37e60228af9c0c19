"""Retries, told on stderr with -v and nowhere else: a logger of somebody else's choice might write to stdout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stamina import instrumentation

from orlop.cli.failures import note

if TYPE_CHECKING:
    from orlop.cli.session import Session


@contextmanager
def retries_told(session: Session) -> Iterator[None]:
    """A context in which the retries of all stores are told."""

    def tell(details: instrumentation.RetryDetails) -> None:
        if session.verbose:
            note(f"trying again in {details.wait_for:.1f} s: {details.caused_by}", session)

    before = instrumentation.get_on_retry_hooks()
    instrumentation.set_on_retry_hooks([tell])
    try:
        yield
    finally:
        instrumentation.set_on_retry_hooks(before)
