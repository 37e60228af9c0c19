"""From an account's credentials to a plugin of keystoneauth1 that knows how to log in with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keystoneauth1.identity import v3
from keystoneauth1.plugin import BaseAuthPlugin

from orlop.drivers.swift.account import Account
from orlop.drivers.swift.tempauth import Tempauth
from orlop.errors import InvalidSettings
from orlop.records import Identity


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whom a cloud's servers are recognized by: as requests' `verify` and `cert` have it."""

    verify: bool | str = True
    certificate: str | tuple[str, str] | None = None


PUBLIC = Trusted()
"""By the certificate authorities of the system."""


@dataclass(frozen=True, slots=True)
class Login:
    """How to log in, and what clouds.yaml or OS_* say of the cloud besides; None is what they do not say."""

    plugin: BaseAuthPlugin
    region: str | None = None
    interface: str | Sequence[str] | None = None
    service_type: str | None = None
    endpoint: str | None = None
    trusted: Trusted = PUBLIC


def login_for(account: Account, soon: int) -> Login:
    """How to log in as `account`; a token that ends within `soon` seconds is not used any more.

    Raises:
        InvalidSettings: clouds.yaml or the environment do not say what they should.
    """
    if account.auth_url is None:
        return _of_cloud(account.cloud, soon)
    return Login(plugin_for(account, account.auth_url, soon))


def plugin_for(account: Account, auth_url: str, soon: int) -> BaseAuthPlugin:
    """The same without clouds.yaml."""
    secret = account.application_credential_secret
    if secret is not None:
        return _renewed(
            v3.ApplicationCredential(
                auth_url,
                secret.get_secret_value(),
                application_credential_id=account.application_credential_id,
            ),
            soon,
        )
    key = account.key.get_secret_value() if account.key is not None else ""
    if account.auth_version == "1":
        return Tempauth(auth_url, account.user or "", key, soon)
    return _renewed(_by_password(account, auth_url, key), soon)


def on_behalf_of(auth_url: str, identity: Identity, soon: int) -> BaseAuthPlugin:
    """How to act with a user's own token; it cannot be renewed."""
    return _renewed(v3.Token(auth_url, identity.token, project_id=identity.project_id), soon)


def _by_password(account: Account, auth_url: str, key: str) -> v3.Password:
    told: dict[str, Any] = {"username": account.user, "user_id": account.user_id}
    if account.user_id is None:
        told |= _domain("user", account.user_domain_id, account.user_domain_name)
    if account.trust_id is not None:
        told["trust_id"] = account.trust_id
    else:
        told |= {"project_name": account.project, "project_id": account.project_id}
        if account.project_id is None:
            told |= _domain("project", account.project_domain_id, account.project_domain_name)
    return v3.Password(auth_url, password=key, **told)


def _domain(whose: str, domain_id: str | None, name: str | None) -> dict[str, str | None]:
    if domain_id is None and name is None:
        domain_id = "default"
    return {f"{whose}_domain_id": domain_id, f"{whose}_domain_name": name}


def _renewed(plugin: Any, soon: int) -> BaseAuthPlugin:
    plugin.MIN_TOKEN_LIFE_SECONDS = soon
    known: BaseAuthPlugin = plugin
    return known


def _of_cloud(cloud: str | None, soon: int) -> Login:
    from openstack import config, exceptions  # noqa: PLC0415 - only those who have a clouds.yaml pay for it

    try:
        region = config.OpenStackConfig().get_one(cloud=cloud)
    except exceptions.ConfigException as error:
        raise InvalidSettings(f"clouds.yaml and OS_* do not say how to log in: {error}") from error
    plugin = region.get_auth()
    if plugin is None:
        raise InvalidSettings("there is no auth_url, no cloud, and no OS_CLOUD: nothing says how to log in")
    verify, certificate = region.get_requests_verify_args()
    return Login(
        _renewed(plugin, soon),
        region=region.get_region_name(_SERVICE) or None,
        interface=region.get_interface(_SERVICE),
        service_type=region.get_service_type(_SERVICE),
        endpoint=(region.get_endpoint(_SERVICE) or "").rstrip("/") or None,
        trusted=Trusted(True if verify is None else verify, certificate),
    )


_SERVICE = "object-store"
"""How clouds.yaml calls what it says of Swift alone, as in `object_store_endpoint_override`."""
