"""Causes of errors that may be shown: a traceback prints each of them, whatever its author put into it.

The message of a foreign exception cannot be changed. One that shows a secret, in its text or in what hangs on it (the
request with all its headers, say), is replaced by a `Redacted` which tells its kind and its text without the secret.
All others stay as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from orlop.support.redact import Redaction

_DEEPEST = 20
"""Causes of causes that are looked at; what lies deeper is left out."""
_LEVELS = 4
_MEMBERS = 100
_LONGEST = 20_000


class Redacted(Exception):
    """Stands for an exception that showed a secret."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind


def shown_cause(error: BaseException | None, redaction: Redaction, depth: int = 0) -> BaseException | None:
    """The error, if it and all that led to it may be shown; else one that stands for it."""
    if error is None or depth > _DEEPEST:
        return None
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    shown = shown_cause(before, redaction, depth + 1)
    if (
        shown is before
        and not (error.__suppress_context__ and _hides(error.__context__, redaction))
        and not _tells(error, redaction)
    ):
        return error
    kind = type(error)
    instead = Redacted(f"{kind.__module__}.{kind.__qualname__}", redaction(str(error)))
    instead.__cause__ = shown
    return instead.with_traceback(error.__traceback__)


def _hides(context: BaseException | None, redaction: Redaction) -> bool:
    """Whether a context that no traceback prints tells a secret to whoever looks for it."""
    return context is not None and _tells(context, redaction)


def _tells(error: BaseException, redaction: Redaction) -> bool:
    return any(redaction.shows(text) for text in (str(error), *_texts(error.args), *_texts(vars(error))))


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    """What a report of an error may print of something that hangs on it; of an image's bytes only the beginning."""
    if isinstance(value, str | bytes | bytearray):
        yield value[:_LONGEST] if isinstance(value, str) else bytes(value[:_LONGEST]).decode("latin-1")
    elif depth > _LEVELS:
        return
    elif isinstance(value, Mapping):
        for key, one in itertools.islice(value.items(), _MEMBERS):
            for text in _texts(one, depth + 1):
                yield f"{key}: {text}"
    elif isinstance(value, list | tuple | set | frozenset):
        for one in itertools.islice(value, _MEMBERS):
            yield from _texts(one, depth + 1)
    elif isinstance(members := getattr(value, "__dict__", None), dict):
        yield from _texts(members, depth + 1)
