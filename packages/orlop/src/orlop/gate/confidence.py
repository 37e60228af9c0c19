"""Whether secrets stay secret: everything that is raised and logged during a case is searched for them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence


class Confidence(logging.Handler):
    """Listens to errors, and to the log at its most talkative. `CANARY` counts as a secret too."""

    CANARY = "gate-canary-S3cr3t"

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__(logging.DEBUG)
        self._secrets = [*secrets, self.CANARY]
        self._told: list[str] = []
        self._told_lock = threading.Lock()
        root = logging.getLogger()
        self._level = root.level
        root.setLevel(logging.DEBUG)
        root.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Search one log record."""
        self.search(f"the log of {record.name}", self.format(record))

    def heard(self, error: BaseException) -> None:
        """Search an error, and all that hangs on it."""
        for one in _chain(error):
            where = f"the error {type(one).__name__}"
            self.search(where, f"{one!s} {one!r} {one.args!r}")
            for note in getattr(one, "__notes__", ()):
                self.search(f"a note on {where}", note)

    def search(self, where: str, text: str) -> None:
        """Search any text; what is found is told by `is_kept`, without repeating the secret."""
        if any(secret in text for secret in self._secrets):
            with self._told_lock:
                self._told.append(where)

    def hidden(self, text: str) -> str:
        """The text without the secrets in it, for the reports."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def is_kept(self) -> None:
        """No secret may have been found anywhere."""
        assert not self._told, f"a secret is told in {', '.join(dict.fromkeys(self._told))}"

    def close(self) -> None:
        """Stop listening."""
        root = logging.getLogger()
        if self in root.handlers:
            root.removeHandler(self)
            root.setLevel(self._level)
        super().close()


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and everything a traceback would show with it."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, None if one.__suppress_context__ else one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
