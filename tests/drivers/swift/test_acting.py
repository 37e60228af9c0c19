"""Stores that act for users: one trust for each, which ends with it, and shared knowledge of the server."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
import urllib3
from orlop.drivers.swift.driver import SwiftDriver
from orlop.records import Identity
from orlop.store import Store

from servers.http_faults import Fault, HttpFaults
from servers.keystone import Account, Keystone
from servers.swift import Swift
from tests.drivers.asked import asked
from tests.drivers.swift.stores import login

pytestmark = pytest.mark.server


@pytest.fixture
def tina(swift: Swift) -> Account:
    return swift.operator(f"tina-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def identity(tina: Account) -> Identity:
    told = tina.scope()
    return Identity(told["project"]["id"], told["user"]["id"], tina.token(), ("member", "swiftoperator"))


def trusts(account: Account) -> list[Any]:
    with urllib3.PoolManager(retries=False, timeout=30) as http:
        url = f"{account.auth_url}/OS-TRUST/trusts?trustor_user_id={account.scope()['user']['id']}"
        answer = http.request("GET", url, headers={"X-Auth-Token": account.token()})
        assert answer.status == 200, answer.data
        return list(answer.json()["trusts"])


def test_many_threads_make_one_trust_and_it_ends(operator: Account, tina: Account, identity: Identity) -> None:
    with closing(SwiftDriver(login(operator, container="acting", multi_tenant=True))) as driver:
        acting = driver.acting_as(identity)
        with ThreadPoolExecutor(8) as threads:
            tokens = set(threads.map(lambda _: acting._client.token, range(8)))
        assert len(tokens) == 1
        assert len(trusts(tina)) == 1
        acting.close()
        assert trusts(tina) == []
        # A reader that is still open goes on with the user's own token.
        assert acting._client.token
        assert trusts(tina) == []


def test_a_trust_of_a_store_that_fails_ends_too(
    keystone: Keystone, operator: Account, tina: Account, identity: Identity
) -> None:
    with HttpFaults("127.0.0.1", int(keystone.url.rpartition(":")[2].partition("/")[0])) as proxy:
        settings = login(operator, auth_url=f"{proxy.base}/v3", container="acting", multi_tenant=True)
        with closing(SwiftDriver(settings)) as driver, closing(driver.acting_as(identity)) as acting:
            # The trust is made, and no token of it can be had.
            proxy.set(Fault(method="POST", path="auth/tokens", nth=3, times=1, status=401))
            with pytest.raises(Exception, match="401"):
                _ = acting._client.token
            assert len(trusts(tina)) == 1
        assert trusts(tina) == []


def test_what_the_server_says_of_itself_is_asked_once(swift: Swift, operator: Account, identity: Identity) -> None:
    """And not by every request of every user."""
    with HttpFaults("127.0.0.1", swift.port) as proxy:
        endpoint = swift.storage_url(identity.project_id).replace(swift.url, proxy.base)
        settings = login(operator, container="acting", multi_tenant=True, endpoint=endpoint, use_trusts=False)
        with Store("swift", SwiftDriver(settings)) as store:
            for number in range(3):
                with store.acting_as(identity) as acting:
                    acting.delete(acting.put(f"image-{number}", b"data").location)
        assert len([one for one in asked(proxy) if one.target == "/info"]) == 1
