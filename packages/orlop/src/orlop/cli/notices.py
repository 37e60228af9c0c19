"""What a driver's status makes of a store - it is deprecated, say - as messages of the command line."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orlop.cli.output import message
from orlop.lifecycle.admission import DriverDeprecated, DriverUnclear

if TYPE_CHECKING:
    from orlop.cli.session import Session


@contextmanager
def notices_told(session: Session) -> Iterator[None]:
    """A context in which they go to stderr; Python by itself would keep them from everybody but developers."""

    def tell(text: Warning | str, *_: object, **__: object) -> None:
        message(session, f"warning: {text}")

    with warnings.catch_warnings():
        for kind in (DriverDeprecated, DriverUnclear):
            warnings.simplefilter("always", kind)
        warnings.showwarning = tell  # type: ignore[assignment]  # it takes more arguments: where it happened
        yield
