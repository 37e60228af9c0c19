"""Every way to log in to a Keystone, and to find and to trust a Swift."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3
from orlop.drivers.swift.driver import SwiftDriver
from orlop.drivers.swift.settings import SwiftSettings
from orlop.errors import BackendError, InvalidSettings
from orlop.records import Severity
from orlop.store import Store

from servers.http_faults import HttpFaults
from servers.keystone import Account, Keystone
from servers.pki import Authority
from servers.swift import Swift
from tests.drivers.asked import asked
from tests.drivers.swift.stores import FAST, MIB, login

pytestmark = [
    pytest.mark.server,
    # openstacksdk says so of every cloud, whether it has an InfluxDB or not.
    pytest.mark.filterwarnings("ignore:Support for InfluxDB:PendingDeprecationWarning"),
]

DATA = bytes(range(256)) * (5 * MIB // 512)
NOWHERE = "http://127.0.0.1:1/v1/AUTH_%(project_id)s"


@dataclass(frozen=True)
class Secured:
    """TLS before Keystone and Swift, with certificates of an authority that nobody knows."""

    keystone: HttpFaults
    swift: HttpFaults
    ca: Path

    @property
    def auth_url(self) -> str:
        return f"{self.keystone.base}/v3"

    @property
    def storage_url(self) -> str:
        return f"{self.swift.base}/v1/AUTH_%(project_id)s"


@pytest.fixture(scope="module")
def secured(keystone: Keystone, swift: Swift, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    context, port = authority.server.server_context(), urllib3.util.parse_url(keystone.url).port
    assert port is not None
    with HttpFaults("127.0.0.1", port, context) as door, HttpFaults("127.0.0.1", swift.port, context) as gate:
        yield Secured(door, gate, authority.ca)


@pytest.fixture
def elsewhere(keystone: Keystone, secured: Secured) -> Iterator[None]:
    """The catalog has a second region, where only the internal interface leads anywhere."""
    urls = {"public": NOWHERE, "internal": secured.storage_url, "admin": NOWHERE}
    with keystone.elsewhere("object-store", "swift", "Two", urls):
        yield


def goes_round(settings: SwiftSettings) -> str:
    """An image goes in and out again; its location."""
    with closing(Store("swift", SwiftDriver(settings))) as store:
        location = store.put("image", DATA).location
        with store.open(location) as reader:
            assert reader.read() == DATA
        store.delete(location)
    return location


def keystone_makes(account: Account, path: str, told: dict[str, Any]) -> dict[str, Any]:
    with urllib3.PoolManager(retries=False, timeout=30) as http:
        url, headers = f"{account.auth_url}/{path}", {"X-Auth-Token": account.token()}
        answer = http.request("POST", url, json=told, headers=headers)
        assert answer.status == 201, answer.data
    (made,) = answer.json().values()
    assert isinstance(made, dict)
    return made


@pytest.fixture
def application_credential(operator: Account) -> dict[str, str]:
    user = operator.scope()["user"]["id"]
    told = {"application_credential": {"name": uuid.uuid4().hex}}
    made = keystone_makes(operator, f"users/{user}/application_credentials", told)
    return {"application_credential_id": made["id"], "application_credential_secret": made["secret"]}


def test_by_an_application_credential(application_credential: dict[str, str], operator: Account) -> None:
    goes_round(SwiftSettings(auth_url=operator.auth_url, **FAST, **application_credential))


def test_through_a_trust(keystone: Keystone, operator: Account) -> None:
    trustee = keystone.account("trustee")
    trust = {
        "trustor_user_id": operator.scope()["user"]["id"],
        "trustee_user_id": trustee.scope()["user"]["id"],
        "project_id": operator.scope()["project"]["id"],
        "roles": [{"name": "swiftoperator"}],
        "impersonation": True,
    }
    trust_id = keystone_makes(operator, "OS-TRUST/trusts", {"trust": trust})["id"]
    told = {"auth_url": trustee.auth_url, "user": trustee.user, "key": trustee.password, "trust_id": trust_id}
    goes_round(SwiftSettings(**{**FAST, **told}))


def test_a_service_of_another_type(keystone: Keystone, swift: Swift, operator: Account) -> None:
    keystone.service("image-objects", "swift-by-another-type", swift.storage_url("%(project_id)s"))
    goes_round(login(operator, service_type="image-objects"))
    with pytest.raises(InvalidSettings, match="service of type 'none-such'"):
        goes_round(login(operator, service_type="none-such"))
    with pytest.raises(InvalidSettings, match="in region Three"):
        goes_round(login(operator, region="Three"))


@pytest.mark.usefixtures("elsewhere")
def test_a_private_authority_is_trusted_when_its_certificate_is_given(secured: Secured, operator: Account) -> None:
    private: dict[str, Any] = {"auth_url": secured.auth_url, "region": "Two", "interface": "internal"}
    settings = login(operator).model_copy(update=private)
    for known in ({"ca_file": secured.ca}, {"insecure": True}):
        secured.swift.clear()
        goes_round(settings.model_copy(update=known))
        assert asked(secured.swift, "PUT")
    with pytest.raises(BackendError, match="certificate"):
        goes_round(settings)
    of_the_plain_keystone = settings.model_copy(update={"auth_url": operator.auth_url})
    with pytest.raises(BackendError, match="certificate"):
        goes_round(of_the_plain_keystone)


def cloud_of(account: Account, **more: Any) -> dict[str, Any]:
    auth = {"auth_url": account.auth_url, "username": account.user, "password": account.password}
    auth |= {"project_name": account.project, "user_domain_id": "default", "project_domain_id": "default"}
    return {"auth": auth, **more}


@pytest.fixture
def clouds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is put into this is in clouds.yaml once `written` is called."""
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    for name in ("OS_CLOUD", "OS_REGION_NAME", "OS_CACERT"):
        monkeypatch.delenv(name, raising=False)
    return {}


def written(clouds: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "clouds.yaml").write_text(json.dumps({"clouds": clouds}))  # JSON is YAML


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("by", ["setting", "OS_CLOUD"])
def test_clouds_yaml_says_region_interface_and_authority(
    clouds: dict[str, Any],
    secured: Secured,
    operator: Account,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    by: str,
) -> None:
    clouds["mine"] = cloud_of(operator, region_name="Two", interface="internal", cacert=str(secured.ca))
    clouds["mine"]["auth"]["auth_url"] = secured.auth_url
    written(clouds, tmp_path)
    secured.swift.clear()
    if by == "setting":
        assert goes_round(SwiftSettings(cloud="mine", **FAST)) == "swift+config://mine/glance/image"
    else:
        monkeypatch.setenv("OS_CLOUD", "mine")
        goes_round(SwiftSettings(**FAST))
    assert asked(secured.swift, "PUT")
    # What the settings say is the last word.
    secured.swift.clear()
    goes_round(SwiftSettings(cloud="mine", region="RegionOne", interface="public", **FAST))
    assert not asked(secured.swift, "PUT")


@pytest.mark.usefixtures("elsewhere")
def test_clouds_yaml_says_endpoint_type_and_that_nothing_is_verified(
    clouds: dict[str, Any],
    secured: Secured,
    swift: Swift,
    operator: Account,
    application_credential: dict[str, str],
    tmp_path: Path,
) -> None:
    url = swift.storage_url(operator.scope()["project"]["id"])
    clouds["there"] = cloud_of(operator, region_name="Two", object_store_endpoint_override=url)
    clouds["unknown"] = cloud_of(operator, region_name="Two", interface="internal")
    clouds["unverified"] = {**clouds["unknown"], "verify": False}
    auth = {"auth_url": operator.auth_url, **application_credential}
    clouds["app"] = {"auth_type": "v3applicationcredential", "auth": auth, "region_name": "RegionOne"}
    written(clouds, tmp_path)
    goes_round(SwiftSettings(cloud="there", **FAST))
    goes_round(SwiftSettings(cloud="app", **FAST))
    with pytest.raises(BackendError, match="certificate"):
        goes_round(SwiftSettings(cloud="unknown", **FAST))
    secured.swift.clear()
    goes_round(SwiftSettings(cloud="unverified", **FAST))
    assert asked(secured.swift, "PUT")
    with closing(Store("swift", SwiftDriver(SwiftSettings(cloud="unverified", **FAST)))) as store:
        warned = [one.message for one in store.check() if one.severity is Severity.WARNING]
    assert any("clouds.yaml" in text for text in warned)
    with pytest.raises(InvalidSettings, match="none-such"):
        goes_round(SwiftSettings(cloud="none-such", **FAST))
