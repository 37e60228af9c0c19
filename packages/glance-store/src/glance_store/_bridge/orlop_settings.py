"""The option `orlop_settings`: settings of orlop's driver that have no option of their own.

`NAME:VALUE,NAME:VALUE`, as every dictionary of oslo.config is written. A value that begins with `[`, `{` or `"` is one
of TOML, so that lists, tables and texts with commas can be given: `hosts:["a.example.org", "*.example.com"],lanes:4`.
Or all of it is one table, of TOML or of JSON: `{hosts = ["a.example.org"], lanes = 4}`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

from oslo_config import cfg, types

_FORM = (
    "the form is NAME:VALUE,NAME:VALUE, where a VALUE may be a list, a table or a quoted text of TOML, or all of it is "
    "one table of TOML or JSON in braces"
)
_STRUCTURED = ("[", "{", '"')
_CLOSES = {"[": "]", "{": "}"}
_MOST = 64 * 1024
_DEEPEST = 16


class Settings(types.ConfigType):
    """Texts to dictionaries of settings. No message shows a value: passwords are among them."""

    def __init__(self) -> None:
        super().__init__(type_name="settings")

    def __call__(self, value: Any) -> dict[str, Any]:
        """The settings in a text.

        Raises:
            ValueError: it has another form; the message holds nothing of it.
        """
        if isinstance(value, dict):
            return dict(value)
        text = str(value).strip()
        if len(text) > _MOST:
            raise ValueError(f"orlop_settings: more than {_MOST} characters")
        return _whole(text) if text.startswith("{") else dict(_pairs(text))

    def __repr__(self) -> str:
        return "Settings"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    __hash__ = types.ConfigType.__hash__

    def _formatter(self, value: Any) -> str:
        return json.dumps(value) if value else ""


ORLOP_OPTION = cfg.Opt(
    "orlop_settings",
    type=Settings(),
    default={},
    secret=True,
    help="Settings of orlop's driver that have no option of their own, such as fsync:false,mount_point:/mnt/images. "
    'A value may be a list, a table or a quoted text as TOML has them: hosts:["a.example.org", "b.example.org"]; or '
    "all of it is one table of TOML or JSON in braces. They come before what the other options say.",
)


def _whole(text: str) -> dict[str, Any]:
    _require_shallow(text)
    try:
        found = json.loads(text)
    except ValueError:
        found = _toml(" ".join(text.splitlines()))
    if not isinstance(found, dict):
        raise ValueError(f"orlop_settings: {_FORM}")  # noqa: TRY004 - oslo.config expects this one
    return found


def _pairs(text: str) -> Iterator[tuple[str, Any]]:
    seen = set()
    for pair in _split(text):
        name, mark, value = pair.partition(":")
        name, value = name.strip(), value.strip()
        if not mark or not name.isidentifier():
            raise ValueError(f"orlop_settings: {_FORM}")
        if name in seen:
            raise ValueError(f"orlop_settings: {name} is given twice")
        seen.add(name)
        yield name, _toml(value, name) if value.startswith(_STRUCTURED) else value


def _split(text: str) -> Iterator[str]:
    """What stands between commas that are in no quotes and no brackets."""
    _require_shallow(text)
    start, quote, open_, escaped = 0, "", "", False
    for place, sign in enumerate(text):
        if escaped:
            escaped = False
        elif quote:
            escaped = sign == "\\" and quote == '"'
            quote = "" if sign == quote else quote
        elif (sign == '"' and _begins(text, start, place)) or (sign in "\"'" and open_):
            quote = sign
        elif sign in _CLOSES and (open_ or _begins(text, start, place)):
            open_ += _CLOSES[sign]
        elif open_ and sign == open_[-1]:
            open_ = open_[:-1]
        elif sign == "," and not open_:
            if text[start:place].strip():
                yield text[start:place]
            start = place + 1
    if quote or open_:
        raise ValueError("orlop_settings: a quote or bracket is not closed")
    if text[start:].strip():
        yield text[start:]


def _begins(text: str, start: int, place: int) -> bool:
    """Whether a value begins at `place`: only there are brackets and quotes more than themselves."""
    return text[start:place].rstrip().endswith(":") and text[start:place].count(":") == 1


def _toml(text: str, name: str = "") -> Any:
    where = f"orlop_settings: {name}" if name else "orlop_settings"
    try:
        return tomllib.loads(f"value = {' '.join(text.splitlines())}")["value"]
    except (ValueError, RecursionError):
        # The error of the parser may quote what it has read.
        raise ValueError(f"{where}: this is no value of TOML; {_FORM}") from None


def _require_shallow(text: str) -> None:
    if max(text.count("["), text.count("{")) <= _DEEPEST:
        return
    depth = 0
    for sign in text:
        depth += (sign in "[{") - (sign in "]}")
        if depth > _DEEPEST:
            raise ValueError(f"orlop_settings: more than {_DEEPEST} lists and tables within each other")
