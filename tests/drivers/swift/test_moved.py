"""Locations that name a Keystone by another address, with users and passwords in them: read, deleted, and nothing leaks."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from orlop.drivers.swift.driver import SwiftDriver
from orlop.errors import InvalidLocation
from orlop.store import Store

from servers.http_faults import HttpFaults
from servers.keystone import Account, Keystone
from servers.swift import Swift
from tests.drivers.asked import asked
from tests.drivers.swift.stores import Place, login, place

pytestmark = pytest.mark.server

NAMES = ["https://old.example.org:5000/v3", "http://127.0.0.2/identity/v2.0", "https://[::1]:35357"]


@pytest.fixture
def here(swift: Swift, operator: Account) -> Iterator[Place]:
    with place(swift, operator) as made:
        yield made
        assert made.left() == set()


@pytest.fixture
def door(keystone: Keystone) -> Iterator[HttpFaults]:
    with HttpFaults("127.0.0.1", int(keystone.url.rpartition(":")[2].partition("/")[0])) as proxy:
        yield proxy


def old(account: Account, address: str, container: str, *, key: str | None = None, user: str | None = None) -> str:
    """As glance_store 5.7 writes it."""
    scheme, _, base = address.partition("://")
    who = quote(f"{account.project}:{user or account.user}", safe="")
    return f"swift+{scheme}://{who}:{quote(key or account.password, safe='')}@{base}/{container}/image"


@pytest.mark.parametrize("address", NAMES)
@pytest.mark.parametrize("others", [tuple(NAMES), ("*",)], ids=["listed", "any"])
def test_a_location_of_a_former_address_is_read_and_deleted(
    here: Place, operator: Account, address: str, others: tuple[str, ...]
) -> None:
    with_user = old(operator, address, here.container)
    bare = with_user.replace(with_user.partition("://")[2].partition("@")[0] + "@", "")
    here.store.put("image", b"data")
    with pytest.raises(InvalidLocation, match="other_auth_urls"):
        here.store.stat(with_user)
    with here.opened(other_auth_urls=others) as store:
        for location in (with_user, bare, bare.replace("swift+https", "swift"), bare.replace("https", "http")):
            with store.open(location) as reader:
                assert reader.read() == b"data"
        store.delete(with_user)
        assert not store.exists(bare)


def test_a_password_in_a_location_goes_to_the_configured_keystone_only(
    here: Place, operator: Account, door: HttpFaults, swift: Swift
) -> None:
    """And only where the location's address is known to be one of it."""
    other = swift.operator("oscar", project=operator.project)
    here.store.put("image", b"data")
    evil, listed = HttpFaults("127.0.0.1", door.port), "http://former.example.org/v3"
    with evil:
        for others in (("*",), (listed, "*")):
            with here.opened(auth_url=f"{door.base}/v3", other_auth_urls=others) as store:
                for address in (f"{evil.base}/v3", f"{evil.base}/v3/x", "https://elsewhere.example.org/v3"):
                    with pytest.raises(InvalidLocation, match="sent nowhere") as caught:
                        store.stat(old(other, address, here.container))
                    assert other.password not in str(caught.value)
                    # The store's own user needs no password of a location.
                    store.stat(old(operator, address, here.container, key="whatever"))
        assert asked(evil) == []
    with here.opened(auth_url=f"{door.base}/v3", other_auth_urls=(listed,)) as store:
        door.clear()
        assert store.stat(old(other, listed, here.container)).size == 4
        assert [one.target for one in asked(door, "POST")] == ["/v3/auth/tokens"]
        store.delete(old(operator, listed, here.container))


def test_a_tenants_location_of_a_former_address_is_of_the_same_account(operator: Account) -> None:
    settings = login(operator, multi_tenant=True, container="moved")
    with Store("swift", SwiftDriver(settings)) as store:
        location = store.put("image", b"data").location
        account = location.rpartition("/moved_")[0].rpartition("/")[2]
        moved = f"swift+https://swift.example.org/v1/{account}/moved_image/image"
        with pytest.raises(InvalidLocation, match="other_auth_urls"):
            store.stat(moved)
        for others in (("*",), ("https://swift.example.org/v1",)):
            with Store("swift", SwiftDriver(settings.model_copy(update={"other_auth_urls": others}))) as other:
                assert other.stat(moved).size == 4
                with pytest.raises(InvalidLocation):
                    other.stat(moved.replace(account, ".."))
        store.delete(location)
