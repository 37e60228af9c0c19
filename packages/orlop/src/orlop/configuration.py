"""From a TOML file and the environment to checked settings, each value with its source.

The file holds `default_store` and a table `[stores.NAME]` for each store. `ORLOP_CONFIG` names it; without that it is
`orlop/orlop.toml` in the user's or the system's configuration folder (XDG). An environment variable
`ORLOP_STORES__NAME__KEY` overrides one key, `ORLOP_DEFAULT_STORE` the default.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import ValidationError

from orlop.complaints import complaints
from orlop.errors import InvalidSettings
from orlop.registry import driver_type
from orlop.settings import StoreSettings, expanded

EMBEDDED = "local"
"""The store that there is when nothing is configured."""

_LARGEST = 4 * 1024 * 1024
"""Bytes of a configuration file; what is larger was named by mistake."""
_DEEPEST = 32
"""Levels of tables and arrays; no setting needs more than a few."""

_PREFIX = "ORLOP_"
_STORES = "ORLOP_STORES__"
_KNOWN_VARIABLES = {"ORLOP_CONFIG", "ORLOP_DEFAULT_STORE"}


@dataclass(frozen=True, slots=True)
class Configuration:
    """Checked settings: the stores by name, which one is the default, and where each value came from.

    `sources` maps dotted keys (`stores.fast.path`) to a file or an environment variable; what is not in it is the
    model's default. `broken` maps the names of stores whose settings are wrong to the error that says why.
    """

    stores: Mapping[str, StoreSettings]
    default_store: str
    sources: Mapping[str, str]
    file: Path | None
    broken: Mapping[str, InvalidSettings]


def configuration_file(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The configuration file that applies; None when there is none.

    Raises:
        InvalidSettings: ORLOP_CONFIG names a file that is not there.
    """
    if named := environment.get("ORLOP_CONFIG"):
        try:
            path = expanded(Path(named))
        except ValueError as error:
            raise InvalidSettings(f"the environment variable ORLOP_CONFIG: {error}") from error
        if not os.path.isfile(path):  # noqa: PTH113 - unlike Path.is_file, it raises nothing
            raise InvalidSettings(f"there is no file {path}, which the environment variable ORLOP_CONFIG names")
        return path
    folders = [platformdirs.site_config_path("orlop"), Path("/etc/orlop")]
    with suppress(RuntimeError):  # a user without a home folder has no configuration of their own
        folders.insert(0, platformdirs.user_config_path("orlop"))
    candidates = [folder / "orlop.toml" for folder in folders]
    return next((path for path in candidates if os.path.isfile(path)), None)  # noqa: PTH113 - as above


def read_configuration(
    path: str | os.PathLike[str] | None = None, environment: Mapping[str, str] = os.environ
) -> Configuration:
    """The configuration in `path`, or in the file that applies, or the embedded default.

    A store whose settings are wrong does not take the others down: it is in `broken`.

    Raises:
        InvalidSettings: the file cannot be read or is no TOML, or what is wrong concerns all stores.
    """
    file = Path(path) if path is not None else configuration_file(environment)
    raw, sources = _from_file(file) if file is not None else _embedded()
    _override(raw, sources, environment)
    known = {"stores", "default_store"}
    if strange := sorted(set(raw) - known):
        raise InvalidSettings(f"{strange[0]} in {file}: no such key; there are default_store and [stores.NAME]")
    tables = raw.get("stores", {})
    if not isinstance(tables, dict) or not tables:
        raise InvalidSettings(f"stores in {file}: at least one table [stores.NAME] is needed")
    stores: dict[str, StoreSettings] = {}
    broken: dict[str, InvalidSettings] = {}
    for name, table in tables.items():
        try:
            stores[name] = _store(name, table, sources, file)
        except InvalidSettings as error:
            broken[name] = error
    return Configuration(stores, _default(raw, tables, file), sources, file, broken)


def settings_of(name: str, table: Mapping[str, Any], where: str = "") -> StoreSettings:
    """The checked settings of one store.

    Raises:
        InvalidSettings: naming each wrong key, where it stands and what would be right.
    """
    return _store(name, dict(table), {}, Path(where) if where else None)


def _store(name: str, table: Any, sources: Mapping[str, str], file: Path | None) -> StoreSettings:
    key = f"stores.{name}"
    place = f" in {file}" if file else ""
    if not isinstance(table, dict):
        raise InvalidSettings(f"{key}{place}: this is a table, [{key}]", store=name)
    driver = table.get("driver")
    if not isinstance(driver, str):
        raise InvalidSettings(f'{key}.driver{place}: a driver\'s name is needed, such as "file"', store=name)
    try:
        model = driver_type(driver).settings_type
    except InvalidSettings as error:
        raise InvalidSettings(f"{key}.driver{place}: {error.reason}", store=name) from error.__cause__
    try:
        return model.model_validate(table)
    except ValidationError as error:
        told = complaints(error, model, key, lambda at: sources.get(at, str(file) if file else "the settings"))
        raise InvalidSettings("; ".join(told), store=name) from None


def _default(raw: Mapping[str, Any], tables: Mapping[str, Any], file: Path | None) -> str:
    default = raw.get("default_store", next(iter(tables)) if len(tables) == 1 else None)
    names = ", ".join(tables)
    if default is None:
        raise InvalidSettings(f"default_store in {file}: name one of the stores {names}")
    if not isinstance(default, str) or default not in tables:
        raise InvalidSettings(f"default_store in {file}: there is no store {default!r}; there are {names}")
    return default


def _from_file(file: Path) -> tuple[dict[str, Any], dict[str, str]]:
    try:
        raw = _toml(_text(file))
    except OSError as error:
        raise InvalidSettings(f"the configuration file {file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidSettings(f"the configuration file {file} is not in UTF-8; save it in that encoding") from error
    except ValueError as error:
        raise InvalidSettings(f"the configuration file {file} is no TOML: {error}") from error
    return raw, dict.fromkeys(_dotted(raw), str(file))


def _text(file: Path) -> str:
    with open(file, "rb") as opened:
        content = opened.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise InvalidSettings(f"the configuration file {file} has more than {_LARGEST} bytes; is it the right file?")
    return content.decode("utf-8-sig")  # editors of Windows begin a file with a byte order mark


def _toml(text: str) -> dict[str, Any]:
    """What a text in TOML's notation says.

    Raises:
        ValueError: it is not TOML, or nested more deeply than any setting is.
    """
    try:
        raw = tomllib.loads(text)
    except RecursionError:
        raise ValueError(f"tables and arrays are nested more than {_DEEPEST} levels deep") from None
    level: list[Any] = [raw]
    for _ in range(_DEEPEST):
        tables = [item for item in level if isinstance(item, dict | list)]
        level = [value for item in tables for value in (item.values() if isinstance(item, dict) else item)]
    if any(isinstance(item, dict | list) for item in level):
        raise ValueError(f"tables and arrays are nested more than {_DEEPEST} levels deep")
    return raw


def _embedded() -> tuple[dict[str, Any], dict[str, str]]:
    """One filesystem store in the user's data folder (XDG), so that everything works with no configuration at all."""
    try:
        path = platformdirs.user_data_path("orlop") / "images"
    except RuntimeError as error:
        raise InvalidSettings(
            "nothing is configured, and this user has no home folder to keep images in; name a configuration file "
            "by --config or ORLOP_CONFIG, or set HOME or XDG_DATA_HOME"
        ) from error
    return {"stores": {EMBEDDED: {"driver": "file", "path": str(path)}}}, {f"stores.{EMBEDDED}.path": "the default"}


def _dotted(table: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in table.items():
        yield prefix + key
        if isinstance(value, dict):
            yield from _dotted(value, f"{prefix}{key}.")


def _override(raw: dict[str, Any], sources: dict[str, str], environment: Mapping[str, str]) -> None:
    if "ORLOP_DEFAULT_STORE" in environment:
        raw["default_store"] = environment["ORLOP_DEFAULT_STORE"]
        sources["default_store"] = "ORLOP_DEFAULT_STORE"
    for variable, text in environment.items():
        if not variable.startswith(_STORES):
            continue
        shouted, mark, key = variable.removeprefix(_STORES).partition("__")
        tables = raw.get("stores", {})
        name = next((one for one in tables if _shout(one) == shouted), None)
        if not mark or not key or name is None or not isinstance(tables[name], dict):
            names = ", ".join(_shout(one) for one in tables)
            raise InvalidSettings(f"{variable}: the form is {_STORES}NAME__KEY, and the stores are {names}")
        tables[name][key.lower()] = _value(text)
        sources[f"stores.{name}.{key.lower()}"] = variable


def _shout(name: str) -> str:
    return name.upper().replace("-", "_").replace(".", "_")


def _value(text: str) -> Any:
    """A variable's text: a list or table in TOML's notation when it looks like one, else the text itself."""
    if text[:1] in {"[", "{"}:
        try:
            return _toml(f"value = {text}")["value"]
        except ValueError:
            return text
    return text
