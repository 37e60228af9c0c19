"""What is wrong with settings, in words: the key, where it stands, and what would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError


def complaints(
    error: ValidationError, model: type[BaseModel], prefix: str, source: Callable[[str], str]
) -> Iterator[str]:
    """One sentence for each thing that pydantic found; no value is shown, it could be a secret.

    `source` tells for a dotted key in which file or environment variable it stands.
    """
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        path = [str(part) for part in item["loc"] if not str(part).startswith(("function-", "is-instance"))]
        key = ".".join([prefix, *path])
        top = ".".join([prefix, *path[:1]])
        yield f"{key} in {source(top)}: {_advice(item['type'], item['msg'], path, model)}"


def _advice(kind: str, message: str, path: list[str], model: type[BaseModel]) -> str:
    if kind == "extra_forbidden":
        names = list(model.model_fields)
        close = get_close_matches(path[-1], names, 1) if len(path) == 1 else []
        return f"no such key; did you mean {close[0]!r}?" if close else f"no such key; there are {', '.join(names)}"
    if kind == "missing":
        field = model.model_fields.get(path[-1])
        what = f" - {field.description}" if field is not None and field.description else ""
        return f"this key is needed{what}"
    if kind in {"tuple_type", "list_type"}:
        return 'a list is needed, such as ["one", "two"], also of one'
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]
