"""The table of old option names: each names the orlop setting it fills, and is declared to oslo.config from that.

Types, units, limits, secrecy and help follow from the field of the settings model; what stands in the table besides is
where glance_store's option differs from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args, get_origin

import annotated_types
from orlop.lifecycle.admission import deprecated
from orlop.lifecycle.carried import record_of
from orlop.lifecycle.record import InvalidRecord
from orlop.lifecycle.status import Status
from orlop.settings import StoreSettings
from oslo_config import cfg
from pydantic import SecretStr
from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True)
class Option:
    """One option of glance_store.

    `setting` is the field it fills; None where it has none: the driver is not built yet, or nothing needs it here.
    `declare` has what oslo.config is told beyond, or instead of, what the field says. `read` turns a value into the
    setting's; when it gives None, the setting keeps its own default.
    """

    name: str
    setting: str | None = None
    declare: Mapping[str, Any] = field(default_factory=dict)
    kind: type[cfg.Opt] | None = None
    read: Callable[[Any], Any] | None = None


def declared(
    table: Iterable[Option], model: type[StoreSettings] | None = None, driver: str | None = None
) -> list[cfg.Opt]:
    """The options of a table as oslo.config takes them, in its order."""
    return [_declared(option, model, _deprecation(driver)) for option in table]


UNDER_GLANCE: Mapping[str, Any] = {"retry_seconds": 15.0}
"""What is set unless the operator says otherwise. Somebody waits for Glance's answer, and proxies before it cut
connections that are silent for half a minute or a minute: a backend that is down has to be told of sooner than that."""


def settings_from(table: Iterable[Option], values: Callable[[str], Any]) -> dict[str, Any]:
    """The settings that the options' values give; `values` is asked by option name."""
    settings = dict(UNDER_GLANCE)
    for option in table:
        if option.setting is None:
            continue
        value = values(option.name)
        if option.read is not None and value is not None:
            value = option.read(value)
        if value is not None:
            settings[option.setting] = value
    return settings


def by_option_names(reason: str, table: Iterable[Option], store: str, group: str) -> str:
    """A complaint about settings, in the words of the configuration that they come from."""
    for option in table:
        reason = reason.replace(f"stores.{store}.{option.setting} in the settings", f"[{group}] {option.name}")
        if reason.startswith(f"{option.setting}: "):
            reason = f"{option.name}{reason.removeprefix(str(option.setting))}"
    return reason.replace("allow_unsupported = true", "orlop_settings = allow_unsupported:true")


def _deprecation(driver: str | None) -> Mapping[str, Any]:
    """What oslo.config is told of a deprecated driver's options: who sets one reads in the log that it will go."""
    try:
        record = None if driver is None else record_of(driver)
    except InvalidRecord:
        return {}  # told when the store is opened
    if driver is None or record is None or record.latest.status is not Status.DEPRECATED:
        return {}
    since, reason = str(record.latest.date), deprecated(driver, record)
    return {"deprecated_for_removal": True, "deprecated_since": since, "deprecated_reason": reason}


def _declared(option: Option, model: type[StoreSettings] | None, deprecation: Mapping[str, Any]) -> cfg.Opt:
    told: dict[str, Any] = {}
    kind = option.kind or cfg.StrOpt
    if option.setting is not None and model is not None:
        about = model.model_fields[option.setting]
        kind, told = _from_field(about) if option.kind is None else (option.kind, {})
        if not about.is_required() and option.kind is None:
            told["default"] = about.get_default(call_default_factory=True)
        told["help"] = f"{about.description} In orlop's own settings this is {option.setting!r}."
    told.update(option.declare)
    told.update(deprecation)
    return kind(option.name, **told)


def _from_field(about: FieldInfo) -> tuple[type[cfg.Opt], dict[str, Any]]:
    plain = _plain(about.annotation)
    if plain is SecretStr:
        return cfg.StrOpt, {"secret": True}
    for simple, kind in ((bool, cfg.BoolOpt), (int, cfg.IntOpt), (float, cfg.FloatOpt)):
        if plain is simple:
            return kind, {} if simple is bool else _limits(about.metadata)
    if get_origin(plain) is dict:
        return cfg.DictOpt, {}
    if get_origin(plain) is tuple:
        return cfg.ListOpt, {}
    return cfg.StrOpt, {}


def _plain(annotation: Any) -> Any:
    """The type of a field without its None."""
    several = [one for one in get_args(annotation) if one is not type(None)]
    return several[0] if type(None) in get_args(annotation) and len(several) == 1 else annotation


def _limits(metadata: Sequence[Any]) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    for rule in metadata:
        if isinstance(rule, annotated_types.Ge):
            limits["min"] = rule.ge
        if isinstance(rule, annotated_types.Le):
            limits["max"] = rule.le
    return limits
