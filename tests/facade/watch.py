"""Watches what happens while a hostile input is worked on: the log, the exceptions' texts, the files that are opened."""

from __future__ import annotations

import logging
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_EVENTS = {
    "open",
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.rename",
    "os.link",
    "os.symlink",
    "os.chmod",
    "os.truncate",
    "os.listdir",
    "os.scandir",
}
_OWN = tuple(
    str(Path(path).resolve())
    for path in {*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix, *sys.path}
    if path
)
"""Where code is: importing more of it is no harm."""


class Log(logging.Handler):
    """Every record of every logger, as text, with the exceptions it tells of."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def log() -> Iterator[Log]:
    """All that is logged, from DEBUG on."""
    handler, root = Log(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield handler
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def told(error: BaseException) -> str:
    """Everything that an exception tells to whoever shows it, its causes too, as a traceback shows them."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    texts = [f"{one} {one!r} {one.args} {vars(one)}" for one in chain]
    return "\n".join(["".join(traceback.format_exception(error)), *texts])


class Files:
    """The absolute paths that this process opens, makes or removes while it is watched, but for those of code."""

    def __init__(self) -> None:
        self._watched = False
        self.touched: set[str] = set()
        sys.addaudithook(self._hear)  # it stays for as long as the process does, so it is silent when not asked

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if self._watched and event in _EVENTS:
            for arg in args[:2]:
                path = arg.decode(errors="replace") if isinstance(arg, bytes) else arg
                if isinstance(path, str) and path.startswith("/") and not path.startswith(_OWN):
                    self.touched.add(path)

    @contextmanager
    def watched(self) -> Iterator[set[str]]:
        """The paths, filled while the context lasts."""
        self.touched = set()
        self._watched = True
        try:
            yield self.touched
        finally:
            self._watched = False
