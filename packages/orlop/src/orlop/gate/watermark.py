"""The most memory that this process has held during something (Linux)."""

from __future__ import annotations

import gc
import re
from contextlib import suppress
from pathlib import Path
from typing import Self

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"  # proc(5): "reset the peak resident set size"


class Watermark:
    """A context that measures how far the resident memory rises above what it was at the beginning."""

    def __init__(self) -> None:
        self.grown = 0
        self._before = 0

    def __enter__(self) -> Self:
        gc.collect()
        with suppress(OSError):  # where the peak cannot be reset, it counts from the start of the process
            _CLEAR.write_text(_RESET_PEAK)
        self._before = _resident("VmRSS")
        return self

    def __exit__(self, *_: object) -> None:
        self.grown = max(0, _resident("VmHWM") - self._before)


def _resident(field: str) -> int:
    """A field of proc(5) status, in bytes."""
    match = re.search(rf"^{field}:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    if match is None:
        raise OSError(f"{_STATUS} has no {field}: memory cannot be measured on this system")
    return int(match[1]) * 1024
