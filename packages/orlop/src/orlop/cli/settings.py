"""`orlop settings`: the settings that apply and where each comes from, and what could be set."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orlop.cli.failures import Misuse, message_of
from orlop.cli.options import StoreNames
from orlop.cli.output import result, table, write
from orlop.cli.schema import example, keys, toml_value
from orlop.cli.session import Session
from orlop.errors import InvalidSettings
from orlop.registry import driver_names, driver_type
from orlop.settings import StoreSettings

DEFAULT = "default"


def _drivers(incomplete: str) -> list[str]:
    return [name for name in driver_names() if name.startswith(incomplete)]


def command(
    ctx: typer.Context,
    stores: StoreNames = None,
    schema: Annotated[
        str | None,
        typer.Option(
            "--schema", metavar="DRIVER", help="What can be set for this driver's stores.", autocompletion=_drivers
        ),
    ] = None,
    sample: Annotated[bool, typer.Option("--example", help="An example of a configuration file.")] = False,
) -> None:
    """Show the settings that apply, and where each comes from. Secrets are hidden."""
    session: Session = ctx.obj
    if schema is not None and sample:
        raise Misuse("--schema and --example exclude each other")
    if sample:
        text = example(_models())
        if session.json:
            result(session, {"example": text}, lambda: "")
        else:
            write(text)
    elif schema is not None:
        _show_schema(session, schema)
    else:
        _show_effective(session, session.names(stores or []))


def _models() -> dict[str, type[StoreSettings]]:
    """The settings models of the drivers that can be loaded."""
    models = {}
    for name in driver_names():
        try:
            models[name] = driver_type(name).settings_type
        except InvalidSettings:
            continue  # its SDK is not installed
    return models


def _show_schema(session: Session, driver: str) -> None:
    found = keys(driver_type(driver).settings_type)
    document = {
        "driver": driver,
        "keys": [
            {
                "key": key.name,
                "type": key.type,
                "required": key.required,
                "default": key.default,
                "meaning": key.meaning,
            }
            for key in found
        ],
    }
    rows = [[key.name, key.type, "needed" if key.required else key.default or "-", key.meaning] for key in found]
    result(session, document, lambda: table(["KEY", "TYPE", "DEFAULT", "MEANING"], rows))


def _show_effective(session: Session, names: list[str]) -> None:
    configuration = session.stores.configuration
    sources = configuration.sources
    rows = [["default_store", toml_value(configuration.default_store) or "", sources.get("default_store", DEFAULT)]]
    shown: dict[str, Any] = {}
    for name in names:
        if name in configuration.broken:
            error = message_of(configuration.broken[name])
            shown[name] = {"settings": {}, "error": error}
            rows.append([f"stores.{name}", f"broken: {error}", ""])
            continue
        settings = configuration.stores[name]
        shown[name] = {"settings": {}, "error": None}
        for key in type(settings).model_fields:
            value = toml_value(getattr(settings, key))
            source = sources.get(f"stores.{name}.{key}", DEFAULT)
            shown[name]["settings"][key] = {"value": _hidden(settings, key), "source": source}
            rows.append([f"stores.{name}.{key}", value if value is not None else "-", source])
    document = {
        "file": str(configuration.file) if configuration.file else None,
        "default_store": {"value": configuration.default_store, "source": sources.get("default_store", DEFAULT)},
        "stores": shown,
    }
    result(session, document, lambda: table(["KEY", "VALUE", "SOURCE"], rows))


def _hidden(settings: StoreSettings, key: str) -> Any:
    """A value as JSON has it; pydantic writes secrets as stars."""
    return settings.model_dump(mode="json", include={key})[key]
