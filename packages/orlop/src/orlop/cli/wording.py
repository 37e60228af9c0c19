"""Values in words for people: sizes, rates, times, and text made harmless for a terminal."""

from __future__ import annotations

from datetime import datetime

from orlop.support.redact import printable

_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def human_size(size: int | None) -> str:
    """`1.5 GiB`; `-` when unknown."""
    if size is None:
        return "-"
    if size < 1024:
        return f"{size} B"
    value = float(size)
    for unit in _UNITS:
        value /= 1024
        if value < 999.95 or unit == _UNITS[-1]:
            return f"{value:.1f} {unit}"
    raise AssertionError


def exact_size(size: int | None) -> str:
    """`1.5 GiB (1610612736 bytes)`."""
    if size is None:
        return "unknown"
    return f"{size} bytes" if size < 1024 else f"{human_size(size)} ({size} bytes)"


def duration_and_rate(size: int, seconds: float) -> str:
    """`3.20 s, 480.0 MiB/s`."""
    return f"{seconds:.2f} s, {human_size(int(size / seconds))}/s" if seconds > 0.001 else f"{seconds:.3f} s"


def moment(when: datetime | None, *, long: bool = True) -> str:
    """A time in the reader's time zone: to the second and with the zone, or else to the minute."""
    form = "%Y-%m-%d %H:%M:%S %z" if long else "%Y-%m-%d %H:%M"
    return "-" if when is None else when.astimezone().strftime(form)


def harmless(text: str) -> str:
    """The text on one line, and nothing in it that a terminal would obey."""
    return printable(text)
