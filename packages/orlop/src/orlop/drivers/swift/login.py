"""From an account's credentials to a plugin of keystoneauth1 that knows how to log in with them."""

from __future__ import annotations

from typing import Any

from keystoneauth1.identity import v3
from keystoneauth1.plugin import BaseAuthPlugin

from orlop.drivers.swift.account import Account
from orlop.drivers.swift.tempauth import Tempauth
from orlop.errors import InvalidSettings
from orlop.records import Identity


def plugin_for(account: Account, soon: int) -> BaseAuthPlugin:
    """How to log in as `account`; a token that ends within `soon` seconds is not used any more.

    Raises:
        InvalidSettings: clouds.yaml or the environment do not say what they should.
    """
    if account.auth_url is None:
        return _of_cloud(account.cloud, soon)
    secret = account.application_credential_secret
    if secret is not None:
        return _renewed(
            v3.ApplicationCredential(
                account.auth_url,
                secret.get_secret_value(),
                application_credential_id=account.application_credential_id,
            ),
            soon,
        )
    key = account.key.get_secret_value() if account.key is not None else ""
    if account.auth_version == "1":
        return Tempauth(account.auth_url, account.user or "", key, soon)
    return _renewed(_by_password(account, key), soon)


def on_behalf_of(auth_url: str, identity: Identity, soon: int) -> BaseAuthPlugin:
    """How to act with a user's own token; it cannot be renewed."""
    return _renewed(v3.Token(auth_url, identity.token, project_id=identity.project_id), soon)


def _by_password(account: Account, key: str) -> v3.Password:
    told: dict[str, Any] = {"username": account.user, "user_id": account.user_id}
    if account.user_id is None:
        told |= _domain("user", account.user_domain_id, account.user_domain_name)
    if account.trust_id is not None:
        told["trust_id"] = account.trust_id
    else:
        told |= {"project_name": account.project, "project_id": account.project_id}
        if account.project_id is None:
            told |= _domain("project", account.project_domain_id, account.project_domain_name)
    assert account.auth_url is not None
    return v3.Password(account.auth_url, password=key, **told)


def _domain(whose: str, domain_id: str | None, name: str | None) -> dict[str, str | None]:
    if domain_id is None and name is None:
        domain_id = "default"
    return {f"{whose}_domain_id": domain_id, f"{whose}_domain_name": name}


def _renewed(plugin: Any, soon: int) -> BaseAuthPlugin:
    plugin.MIN_TOKEN_LIFE_SECONDS = soon
    known: BaseAuthPlugin = plugin
    return known


def _of_cloud(cloud: str | None, soon: int) -> BaseAuthPlugin:
    from openstack import config, exceptions  # noqa: PLC0415 - only those who have a clouds.yaml pay for it

    try:
        region = config.OpenStackConfig().get_one(cloud=cloud)
        plugin = region.get_session().auth
    except exceptions.ConfigException as error:
        raise InvalidSettings(f"clouds.yaml and OS_* do not say how to log in: {error}") from error
    if plugin is None:
        raise InvalidSettings("there is no auth_url, no cloud, and no OS_CLOUD: nothing says how to log in")
    return _renewed(plugin, soon)
