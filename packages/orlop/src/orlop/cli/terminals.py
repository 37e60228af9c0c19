"""Whether a stream is a terminal; a stream may also be closed, and is None then."""

from __future__ import annotations

from typing import TextIO


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody sits before this stream."""
    return stream is not None and stream.isatty()
