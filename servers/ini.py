"""The configuration files of OpenStack's services."""

from collections.abc import Mapping

Groups = Mapping[str, Mapping[str, object]]


def ini(groups: Groups) -> str:
    """Return the text of a file that oslo.config reads as these groups of options."""
    return "\n".join(f"[{name}]\n{_lines(options)}" for name, options in groups.items())


def merged(first: Groups, second: Groups) -> dict[str, dict[str, object]]:
    """Return the options of both; the second's win."""
    names = dict.fromkeys([*first, *second])
    return {name: {**first.get(name, {}), **second.get(name, {})} for name in names}


def _lines(options: Mapping[str, object]) -> str:
    # A dollar sign begins the name of another option, unless it is doubled.
    return "".join(f"{name} = {str(value).replace('$', '$$')}\n" for name, value in options.items())
