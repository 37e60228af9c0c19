"""Swift, seen by urllib3: who may come, what its middlewares do, and that it lives on after a kill."""

import json
from collections.abc import Iterator

import pytest
import urllib3

from servers.keystone import Keystone
from servers.swift import Swift

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def keystone() -> Iterator[Keystone]:
    with Keystone() as started:
        yield started


@pytest.fixture(scope="module")
def swift(keystone: Keystone) -> Iterator[Swift]:
    with Swift(keystone) as started:
        yield started


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False, timeout=30) as pool:
        yield pool


def of_tempauth(swift: Swift, http: urllib3.PoolManager) -> tuple[str, dict[str, str]]:
    told = {"X-Auth-User": swift.tempauth.user, "X-Auth-Key": swift.tempauth.password}
    answer = http.request("GET", swift.tempauth.auth_url, headers=told)
    return answer.headers["X-Storage-Url"], {"X-Auth-Token": answer.headers["X-Auth-Token"]}


def test_a_user_of_keystone_stores_an_object(swift: Swift, http: urllib3.PoolManager) -> None:
    account = swift.operator("olga")
    told = {"X-Auth-Token": account.token()}
    scope = http.request(
        "GET", f"{account.auth_url}/auth/tokens", headers={**told, "X-Subject-Token": account.token()}
    ).json()["token"]
    url = swift.storage_url(scope["project"]["id"])
    catalogue = {one["type"]: one["endpoints"][0]["url"] for one in scope["catalog"]}
    assert catalogue["object-store"] == url
    assert http.request("PUT", f"{url}/c", headers=told).status == 201
    assert http.request("PUT", f"{url}/c/o", body=b"data", headers=told).status == 201
    assert http.request("GET", f"{url}/c/o", headers=told).data == b"data"
    assert http.request("GET", f"{url}/c/o").status == 401


def test_large_objects_quotas_and_copies_are_there(swift: Swift, http: urllib3.PoolManager) -> None:
    url, token = of_tempauth(swift, http)
    known = http.request("GET", f"{swift.url}/info").json()
    assert {"slo", "ratelimit", "s3api", "container_quotas", "account_quotas", "bulk_delete"} <= set(known)
    http.request("PUT", f"{url}/c", headers={**token, "X-Container-Meta-Quota-Bytes": "100"})
    assert http.request("PUT", f"{url}/c/1", body=b"one", headers=token).status == 201
    assert http.request("PUT", f"{url}/c/2", body=b"x" * 101, headers=token).status == 413
    assert http.request("COPY", f"{url}/c/1", headers={**token, "Destination": "c/3"}).status == 201
    manifest = json.dumps([{"path": f"c/{one}"} for one in "13"])
    assert http.request("PUT", f"{url}/c/s?multipart-manifest=put", body=manifest, headers=token).status == 201
    assert http.request("GET", f"{url}/c/s", headers=token).data == b"oneone"


def test_what_is_stored_outlives_a_kill(swift: Swift, http: urllib3.PoolManager) -> None:
    url, token = of_tempauth(swift, http)
    http.request("PUT", f"{url}/lasting", headers=token)
    http.request("PUT", f"{url}/lasting/o", body=b"data", headers=token)
    swift.kill()
    with pytest.raises(urllib3.exceptions.HTTPError):
        http.request("GET", f"{swift.url}/healthcheck")
    swift.revive()
    url, token = of_tempauth(swift, http)
    assert http.request("GET", f"{url}/lasting/o", headers=token).data == b"data"
