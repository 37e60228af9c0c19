"""The accounts of a swift store: those of swift_store_config_file, by their references, or the one of the options."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from typing import Any

from orlop.drivers.swift.account import Account
from orlop.drivers.swift.locating import Address
from orlop.drivers.swift.settings import SwiftSettings
from orlop.errors import InvalidSettings
from orlop.lifecycle.tombstones import tombstone
from pydantic import SecretStr

_COPIED = (
    "project_name",
    "project_id",
    "project_domain_id",
    "project_domain_name",
    "user_domain_id",
    "user_domain_name",
    "application_credential_id",
    "application_credential_secret",
)


def accounts_in(path: str) -> dict[str, dict[str, Any]]:
    """The accounts in a config file, by reference, as orlop's settings have them.

    Raises:
        InvalidSettings: naming the section and the option; values are not shown.
    """
    parser = configparser.ConfigParser()
    try:
        found = parser.read(path)
    except configparser.Error as error:
        raise InvalidSettings(
            f"swift_store_config_file: {path} is no file of sections: {type(error).__name__}"
        ) from None
    if not found or not parser.sections():
        raise InvalidSettings(f"swift_store_config_file: {path} cannot be read, or has no section")
    return {name: account({key: _value(parser, name, key) for key in parser[name]}, name) for name in parser.sections()}


def account(said: Mapping[str, str | None], where: str) -> dict[str, Any]:
    """One account as orlop's settings have it, of the options of a section.

    Raises:
        InvalidSettings: something is missing; `where` says of what.
    """
    told: dict[str, Any] = {name: said[name] for name in _COPIED if said.get(name)}
    if "project_name" in told:
        told["project"] = told.pop("project_name")
    version = (said.get("auth_version") or "3").removeprefix("v").partition(".")[0]
    if version != "3":
        gone = tombstone(f"swift-auth-v{version}")
        raise InvalidSettings(f"{where}: {gone or f'auth_version is 3, not {version!r}'}")
    address = said.get("auth_address")
    if not address:
        raise InvalidSettings(f"{where}: auth_address is needed")
    told["auth_url"] = address if "://" in address else f"https://{address}"
    if "application_credential_id" in told and "application_credential_secret" in told:
        return told
    if "application_credential_id" in told or "application_credential_secret" in told:
        raise InvalidSettings(f"{where}: application_credential_id and application_credential_secret belong together")
    user, key = said.get("user"), said.get("key")
    if not user or not key:
        raise InvalidSettings(f"{where}: user and key are needed, or an application credential")
    project, mark, name = user.partition(":")
    if not mark:
        raise InvalidSettings(f"{where}: user is PROJECT:USER")
    told.pop("project_id", None)
    return {**told, "user": name, "key": key, "project": project}


def other_account(settings: SwiftSettings, address: Address) -> dict[str, Any]:
    """The account of an image's address as settings; empty where it is the store's own."""
    known = settings.references.get(address.reference or "")
    if known is not None:
        return {name: getattr(known, name) for name in Account.model_fields}
    own = {f"{project}:{settings.user}" for project in (settings.project, settings.project_id) if project}
    if address.user is None or not address.key or address.user in {*own, settings.user}:
        return {}
    key = SecretStr(address.key)
    if settings.auth_version == "1":
        return {"user": address.user, "key": key}
    project, _, user = address.user.partition(":")
    return {"project": project, "project_id": None, "user": user, "key": key}


def _value(parser: configparser.ConfigParser, section: str, key: str) -> str:
    """A value without its quotes. A lone % stands for itself, and %% for one."""
    try:
        value = parser.get(section, key)
    except configparser.InterpolationError:
        value = parser.get(section, key, raw=True)
    if value[:1] in {'"', "'"} and value:
        if len(value) == 1 or value[-1] != value[0]:
            raise InvalidSettings(f"swift_store_config_file: [{section}] {key}: a quote is not closed")
        return value[1:-1]
    return value
