"""Errors on their way to the user: one line (with `--json` one document) on stderr, and the exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import typer

from orlop.cli.exit_codes import ExitCode, exit_code_of
from orlop.cli.interruption import Interrupted
from orlop.cli.wording import harmless
from orlop.errors import InvalidSettings, StoreError

if TYPE_CHECKING:
    from orlop.cli.session import Session

# Typer brings click's errors along, sometimes from click itself and sometimes from a copy of it.
_UsageError: type[Any] = typer.BadParameter.__bases__[0]


class Failure(Exception):
    """Something outside the stores went wrong: a local file, a terminal. The message is the whole story."""


class Misuse(Failure):
    """The command line makes no sense in a way that the parser cannot see."""


class OutputClosed(Exception):
    """Nobody reads stdout any more."""


def local(error: OSError, path: str | os.PathLike[str]) -> Failure:
    """An error of the user's own file."""
    return Failure(f"{os.fspath(path)}: {error.strerror or error}")


def message_of(error: BaseException) -> str:
    """What the user is told of an error, in one line."""
    if isinstance(error, Interrupted):
        text = "interrupted" if error.number == signal.SIGINT else f"ended by {error}"
    elif isinstance(error, typer.Abort):
        text = "no answer was given"
    elif isinstance(error, _UsageError):
        told = _usage(error)
        text = f"{told[:1].lower()}{told[1:]}; {_help_of(error)}"
    elif isinstance(error, InvalidSettings) and not error.operation:
        text = error.reason  # it names the store already
    elif isinstance(error, StoreError | Failure):
        text = str(error)
    elif isinstance(error, OSError) and error.strerror:
        places = [os.fsdecode(name) for name in (error.filename, error.filename2) if isinstance(name, str | bytes)]
        text = ": ".join([*places, error.strerror])
    else:
        text = f"internal error, please report it: {type(error).__name__}: {error}"
    return harmless("; ".join([text, *getattr(error, "__notes__", [])]))


def _usage(error: Any) -> str:
    if possibilities := getattr(error, "possibilities", None):
        return f"no such option {error.option_name} (did you mean {' or '.join(sorted(possibilities))}?)"
    return str(error.format_message().rstrip("."))


def document_of(error: BaseException) -> dict[str, Any]:
    """An error as a JSON object; the keys are always the same."""
    document: dict[str, Any] = {
        "kind": "Usage" if isinstance(error, _UsageError | Misuse) else type(error).__name__,
        "message": message_of(error),
        "store": None,
        "operation": None,
        "location": None,
        "exit_code": int(code_of(error)),
    }
    if isinstance(error, StoreError):
        document |= {key: getattr(error, key) or None for key in ("store", "operation", "location")}
    return document


def code_of(error: BaseException) -> ExitCode:
    """The exit code for an error."""
    if isinstance(error, Interrupted):
        return ExitCode(128 + error.number)
    if isinstance(error, OutputClosed):
        return ExitCode.OUTPUT_CLOSED
    return ExitCode.USAGE if isinstance(error, _UsageError | Misuse) else exit_code_of(error)


def report(error: BaseException, session: Session) -> int:
    """Tell the user of an error that ends the run, and return the exit code."""
    if isinstance(error, OutputClosed):
        forget_stdout()
    else:
        tell(error, session)
    return int(code_of(error))


def tell(error: BaseException, session: Session) -> None:
    """Tell the user of an error; with -v of its causes, too, and of an internal error where it comes from."""
    if session.verbose:
        for line in _causes(error):
            _to_stderr(f"{harmless(session.without_secrets(line))}\n")
    if session.json:
        # Before it is JSON: what is cut out of a document must not take its quotes along.
        document = {
            key: session.without_secrets(value) if isinstance(value, str) else value
            for key, value in document_of(error).items()
        }
        _to_stderr(json.dumps({"error": document}) + "\n")
    else:
        _to_stderr(f"orlop: {harmless(session.without_secrets(message_of(error)))}\n")


def _causes(error: BaseException) -> Iterator[str]:
    """What led to an error, the first cause first: one line each; the traceback of what nobody has expected."""
    if isinstance(error, _UsageError | Failure | Interrupted):
        return
    if not isinstance(error, StoreError | OSError):
        yield from "".join(traceback.format_exception(error)).splitlines()
        return
    chain: list[BaseException] = []
    cause = error.__cause__
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    for one in reversed(chain):
        yield f"caused by {type(one).__module__}.{type(one).__qualname__}: {one}"


def note(text: str, session: Session) -> None:
    """One line on stderr that is no error; with --json a document, so that stderr can be parsed line by line."""
    line = harmless(session.without_secrets(text))
    _to_stderr(f"{json.dumps({'message': line})}\n" if session.json else f"orlop: {line}\n")


def _to_stderr(text: str) -> None:
    with suppress(OSError, AttributeError):  # closed, or None: there is nobody left to tell
        sys.stderr.write(text)
        sys.stderr.flush()


def forget_stdout() -> None:
    """Let the interpreter's last flush of stdout fail for nobody."""
    with suppress(OSError, ValueError, AttributeError):
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, sys.stdout.fileno())
        os.close(descriptor)


def _help_of(error: Any) -> str:
    context = getattr(error, "ctx", None)
    return f"see '{context.command_path if context is not None else 'orlop'} --help'"
