"""Keystone as later servers use it: users, roles, the catalogue."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
import urllib3

from servers.keystone import Account
from tests.service.conftest import Cloud

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]


def token_of(account: Account) -> dict[str, Any]:
    """What Keystone says of the account's token."""
    token = account.token()
    headers = {"X-Auth-Token": token, "X-Subject-Token": token}
    with urllib3.PoolManager(retries=False, timeout=30) as pool:
        answer = pool.request("GET", f"{account.auth_url}/auth/tokens", headers=headers)
    told: dict[str, Any] = json.loads(answer.data)["token"]
    return told


def urls(account: Account, service: str) -> dict[str, str]:
    """The endpoints of a service in the account's catalogue."""
    catalogue = token_of(account)["catalog"]
    found = [one["endpoints"] for one in catalogue if one["name"] == service]
    return {endpoint["interface"]: endpoint["url"] for endpoints in found for endpoint in endpoints}


def test_an_account_has_its_roles_in_its_project(cloud: Cloud) -> None:
    account = cloud.keystone.account("nora", project="harbour", roles=["member", "pilot"])
    told = token_of(account)
    assert (told["user"]["name"], told["project"]["name"]) == ("nora", "harbour")
    assert {"member", "pilot"} <= {role["name"] for role in told["roles"]}


def test_an_account_is_made_once_and_can_get_more(cloud: Cloud) -> None:
    first = cloud.keystone.account("olaf")
    assert cloud.keystone.account("olaf", roles=["swiftoperator"]) == first
    assert "swiftoperator" in {role["name"] for role in token_of(first)["roles"]}
    # In another project it is the same user.
    other = cloud.keystone.account("olaf", project="harbour")
    assert (other.project, other.password) == ("harbour", first.password)
    assert token_of(other)["project"]["name"] == "harbour"


def test_a_wrong_password_is_refused_and_never_shown(cloud: Cloud) -> None:
    account = dataclasses.replace(cloud.account, password="guessed-at-random")
    with pytest.raises(RuntimeError, match="could not log in: 401") as caught:
        account.token()
    assert account.password not in f"{caught.value} {account!r}"


def test_every_password_is_another_and_known_to_the_searcher(cloud: Cloud) -> None:
    account = cloud.keystone.account("pia")
    assert {account.password, cloud.account.password, cloud.keystone.admin.password} <= set(cloud.keystone.passwords)
    assert len(set(cloud.keystone.passwords)) == len(cloud.keystone.passwords)


def test_a_service_stands_in_the_catalogue_once(cloud: Cloud) -> None:
    keystone = cloud.keystone
    keystone.service("object-store", "boat", "http://127.0.0.1:1/v1/AUTH_%(project_id)s")
    project = token_of(cloud.account)["project"]["id"]
    assert urls(cloud.account, "boat") == dict.fromkeys(
        ("public", "internal", "admin"), f"http://127.0.0.1:1/v1/AUTH_{project}"
    )
    keystone.service("object-store", "boat", {"public": "http://127.0.0.1:2", "internal": "http://127.0.0.1:3"})
    assert urls(cloud.account, "boat")["public"] == "http://127.0.0.1:2"
    assert urls(cloud.account, "boat")["internal"] == "http://127.0.0.1:3"


def test_the_catalogue_leads_to_glance(cloud: Cloud) -> None:
    assert urls(cloud.account, "glance")["public"] == cloud.glance.url
