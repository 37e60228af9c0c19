"""Results on stdout: for people, or as one JSON document."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from orlop.cli.failures import Failure, OutputClosed, forget_stdout, note
from orlop.cli.terminals import is_terminal
from orlop.cli.wording import harmless

if TYPE_CHECKING:
    from rich.console import RenderableType

    from orlop.cli.session import Session

_UNLIMITED = 100_000
"""Columns of a pipe: nothing is cut or wrapped there."""


def result(session: Session, document: Mapping[str, Any], shown: Callable[[], RenderableType]) -> None:
    """Write a command's result: the document with --json, else what `shown` draws."""
    write(json.dumps(document, indent=2) + "\n" if session.json else drawn(shown()))


def message(session: Session, text: str) -> None:
    """Tell something that is no result; --quiet keeps it back."""
    if not session.quiet:
        note(text, session)


def write(text: str) -> None:
    """Text to stdout, now.

    Raises:
        OutputClosed: nobody reads it.
        Failure: it cannot be written.
    """
    _guarded(lambda stdout: stdout.write(text))


def write_bytes(data: bytes) -> None:
    """Bytes to stdout; see `write`."""
    _guarded(lambda stdout: stdout.buffer.write(data))


def drawn(item: RenderableType) -> str:
    """What rich makes of an item: coloured and as wide as the terminal, or plain and never cut when there is none."""
    from rich.console import Console  # noqa: PLC0415 - a moment that only commands with a result for people take

    terminal = is_terminal(sys.stdout)
    console = Console(
        file=io.StringIO(),
        force_terminal=terminal,
        width=os.get_terminal_size(sys.stdout.fileno()).columns or 80 if terminal else _UNLIMITED,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        no_color=None if terminal else True,
    )
    with console.capture() as capture:
        console.print(item)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def fields(items: Iterable[tuple[str, str]]) -> RenderableType:
    """Names and values below each other."""
    return table(None, [[name, value] for name, value in items])


def table(heads: Sequence[str] | None, rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> RenderableType:
    """A table without lines; the columns named in `right` are numbers."""
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    drawing = Table(box=None, pad_edge=False, show_header=heads is not None, header_style="bold")
    filled = [list(row) for row in rows]
    for head in heads or ("", ""):
        drawing.add_column(head, overflow="fold", justify="right" if head in right else "left")
    for row in filled:
        drawing.add_row(*(Text(harmless(cell)) for cell in row))
    return drawing


def _guarded(write_it: Callable[[TextIO], object]) -> None:
    stdout: TextIO | None = sys.stdout
    if stdout is None:
        raise Failure("standard output is closed")
    try:
        write_it(stdout)
        stdout.flush()
    except BrokenPipeError:
        raise OutputClosed from None
    except OSError as error:
        forget_stdout()
        raise Failure(f"standard output: {error.strerror}") from error
