"""No password and no token is in a log, whatever its level, nor in an error or one of its causes."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from orlop.drivers.swift.driver import SwiftDriver
from orlop.errors import StoreError
from orlop.records import Identity
from orlop.store import Store

from servers.http_faults import Fault
from servers.keystone import Account
from servers.swift import Swift
from tests.drivers.swift.stores import Place, login, place

pytestmark = pytest.mark.server


@pytest.fixture
def here(swift: Swift, operator: Account) -> Iterator[Place]:
    with place(swift, operator) as made:
        yield made


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    for name in ("keystoneauth", "keystoneauth.session", "keystoneauth.identity", "urllib3", "requests", "orlop"):
        caplog.set_level(logging.DEBUG, name)
    return caplog


def said(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


def test_a_store_says_no_password_and_no_token(here: Place, everything: pytest.LogCaptureFixture) -> None:
    password, driver = here.account.password, here.store._driver
    location = here.store.put("image", b"data").location
    assert isinstance(driver, SwiftDriver)
    token = driver._client.token
    assert token
    with here.opened(attempts=1, retry_seconds=0.0) as store:
        for fault in (
            Fault(status=401, times=None),
            Fault(status=500, times=None, body=f"{password} {token}".encode()),
            Fault(status=400, times=None, body=f"no such token {token}, {password}".encode()),
            Fault(cut_head=20, times=None),
        ):
            here.proxy.set(fault)
            for ask in (store.stat, store.delete, lambda _: list(store.list()), lambda _: store.put("other", b"x")):
                with pytest.raises(StoreError) as caught:
                    ask(location)
                assert password not in said(caught.value)
    here.proxy.clear()
    here.store.delete(location)
    assert everything.text
    assert password not in everything.text
    assert token not in everything.text


def test_a_wrong_password_is_not_said(here: Place, operator: Account, everything: pytest.LogCaptureFixture) -> None:
    wrong = "Zq/al@pha%2Fb:eta\n'\u2603"
    forms = (wrong, "alpha", "pha%2F", quote(wrong, safe=""), repr(wrong)[1:-1], "eta\\n")
    stores = [
        here.opened(key=wrong),
        Store("swift", SwiftDriver(login(operator, project="none-such", key=wrong))),
    ]
    for store in stores:
        with store, pytest.raises(StoreError) as caught:
            store.locate("image")
        assert not [form for form in forms if form in said(caught.value)]
    old = f"swift+http://{quote('a:b')}:{quote(wrong, safe='')}@{operator.auth_url.partition('://')[2]}/c/image"
    for ask in (here.store.stat, here.store.delete):
        with pytest.raises(StoreError) as caught:
            ask(old)
        assert not [form for form in forms if form in said(caught.value)]
    assert not [form for form in forms if form in everything.text]


def test_a_users_token_is_not_said(operator: Account, everything: pytest.LogCaptureFixture) -> None:
    told = operator.scope()
    for token in (operator.token(), "gAAA-not-a-token", "gAAA\u2603x", "gAAAx\n"):
        identity = Identity(told["project"]["id"], told["user"]["id"], token, ("member", "swiftoperator"))
        errors = []
        with Store("swift", SwiftDriver(login(operator, multi_tenant=True, container="secret"))) as store:
            try:
                with store.acting_as(identity) as acting:
                    acting.delete(acting.put("image", b"data").location)
            except StoreError as error:
                errors.append(error)
        assert len(errors) == (token[4:] in {"-not-a-token", "\u2603x", "x\n"})
        assert not [error for error in errors if "gAAA" in said(error) or error.retryable]
        assert token.strip() not in everything.text
