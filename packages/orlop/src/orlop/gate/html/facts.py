"""Facts below each other, each with its name; and values in words."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from orlop.gate.html.elements import Part, element


def facts(*items: tuple[str, Part]) -> Element:
    """A list of names and values; those without a value are left out."""
    pairs = [element("div", element("dt", name), element("dd", value)) for name, value in items if value != ""]
    return element("dl", *pairs)


def moment(iso: str) -> Element:
    """A time of the report."""
    when = datetime.fromisoformat(iso).astimezone(UTC)
    return element("time", f"{when:%Y-%m-%d %H:%M} UTC", datetime=when.isoformat())


def seconds(value: float) -> str:
    """`0.25 s`; `4 min 10 s` when it is long."""
    if value < 60:
        return f"{value:.2f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s"


def count(number: int, noun: str) -> str:
    """`1 case`, `2 cases`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
