"""A driver's settings as rows of a table, and an example of a configuration: both from the models."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from orlop.settings import StoreSettings

_WORDS = {
    str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path", SecretStr: "secret",
    type(None): "nothing",
}  # fmt: skip
_BOUNDS = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a driver's settings. `default` is in TOML's notation; None where there is none."""

    name: str
    type: str
    required: bool
    default: str | None
    meaning: str


def keys(model: type[StoreSettings]) -> list[Key]:
    """Every key of a model: the driver's own first, then those that every store has."""
    common = StoreSettings.model_fields
    names = ["driver", *(name for name in model.model_fields if name not in common)]
    names += [name for name in common if name not in names]
    return [_key(name, model.model_fields[name]) for name in names]


def example(models: dict[str, type[StoreSettings]]) -> str:
    """A configuration file with one store for each driver; every key with a default is shown in a comment."""
    default = "local" if "file" in models else next(iter(models))
    lines = [
        "# ORLOP_CONFIG or --config names this file, or it is ~/.config/orlop/orlop.toml or /etc/orlop/orlop.toml.",
        '# ORLOP_STORES__NAME__KEY in the environment overrides a key. Secrets: {env = "NAME"} or {file = "/path"}.',
        f'default_store = "{default}"',
    ]
    for driver, model in models.items():
        lines += ["", f"[stores.{'local' if driver == 'file' else driver}]", f'driver = "{driver}"']
        for key in keys(model):
            if key.name == "driver":
                continue
            lines.append(f"# {key.meaning} ({key.type})")
            lines.append(_assignment(driver, key))
    return "\n".join(lines) + "\n"


def _assignment(driver: str, key: Key) -> str:
    if key.name == "path" and driver == "file":
        return 'path = "/srv/images"'
    if key.required:
        return f"{key.name} = {'0' if 'number' in key.type else json.dumps('...')}"
    return f"# {key.name} = {key.default}" if key.default is not None else f"# {key.name} ="


def _key(name: str, field: FieldInfo) -> Key:
    required = field.is_required()
    default = None if required else toml_value(field.get_default(call_default_factory=True))
    bounds = [
        f"{word} {getattr(item, mark)}"
        for item in field.metadata
        for mark, word in _BOUNDS.items()
        if getattr(item, mark, None) is not None
    ]
    kind = ", ".join([_type(field.annotation), *bounds])
    return Key(name, kind, required, default, " ".join((field.description or "").split()))


def _type(annotation: Any) -> str:  # noqa: PLR0911 - one return for each kind of type
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin is Literal:
        shown = [json.dumps(value) for value in arguments]
        return shown[0] if len(shown) == 1 else f"one of {', '.join(shown)}"
    if origin in {Union, types.UnionType}:
        return " or ".join(_type(one) for one in arguments if one is not type(None))
    if origin in {list, tuple, set, frozenset}:
        return f"list of {_type(arguments[0])}" if arguments else "list"
    if origin is dict:
        return f"table of {_type(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        inner = ", ".join(f"{key.name} ({key.type})" for key in _inner(annotation))
        return f"table {{{inner}}}"
    return _WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _inner(model: type[BaseModel]) -> Iterator[Key]:
    return (_key(name, field) for name, field in model.model_fields.items())


def toml_value(value: Any) -> str | None:  # noqa: PLR0911 - one return for each kind of value
    """A value in TOML's notation; None for what TOML has no notation for: nothing. Secrets are hidden."""
    if value is None or value is PydanticUndefined:
        return None
    if isinstance(value, SecretStr):
        return '"********"' if value.get_secret_value() else '""'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, BaseModel):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, dict):
        inner = [(name, toml_value(item)) for name, item in value.items()]
        return "{" + ", ".join(f"{name} = {text}" for name, text in inner if text is not None) + "}"
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(text for item in value if (text := toml_value(item)) is not None) + "]"
    return json.dumps(str(getattr(value, "value", value)), ensure_ascii=False)
