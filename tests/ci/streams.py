"""Streams as stestr writes them, made for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import subunit  # type: ignore[import-untyped]

BEGIN = datetime(2026, 1, 2, tzinfo=UTC)


class Stream:
    """A file with the events of tests."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("wb")
        self._to = subunit.StreamResultToBytes(self._file)

    def event(self, **named: Any) -> None:
        self._to.status(**named)

    def begun(self, test: str) -> None:
        self.event(test_id=test, test_status="inprogress", timestamp=BEGIN)

    def text(self, test: str, name: str, text: str) -> None:
        mime = 'text/plain; charset="utf8"'
        self.event(test_id=test, file_name=name, file_bytes=text.encode(), mime_type=mime, eof=True)

    def ended(self, test: str, status: str, seconds: float = 1.5) -> None:
        self.event(test_id=test, test_status=status, timestamp=BEGIN + timedelta(seconds=seconds))

    def printed(self, text: str) -> None:
        self._file.write(text.encode())

    def close(self) -> Path:
        self._file.close()
        return self.path
