"""The gate for the S3 driver, on servers that differ: the JuiceFS gateway by TLS, moto, and Ceph's radosgw."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from orlop.drivers.s3.driver import S3Driver
from orlop.gate import Fault as GateFault
from orlop.gate import Gate
from orlop.gate.witnesses.s3 import S3Witness

from servers.http_faults import Fault, HttpFaults
from servers.juicefs import JuiceFS
from servers.moto import Moto
from servers.pki import Authority
from servers.radosgw import Radosgw
from servers.s3_account import S3Account
from servers.swift import Swift
from tests.drivers.s3.conftest import SMALL, s3_of, settings_for

pytestmark = pytest.mark.server

_SOON = 3.0
"""Seconds after which an upload counts as abandoned."""


@pytest.fixture(scope="module")
def juicefs_driver(juicefs: JuiceFS, authority: Authority) -> S3Driver:
    return ready(juicefs.account, prefix="some/images/", ca_file=authority.ca)


@pytest.fixture(scope="module")
def proxy(moto: Moto) -> Iterator[HttpFaults]:
    with HttpFaults("127.0.0.1", moto.port) as started:
        yield started


@pytest.fixture(scope="module")
def moto_driver(moto: Moto, proxy: HttpFaults) -> S3Driver:
    return ready(replace(moto.account, endpoint=proxy.base), checksum="sha256")


@contextmanager
def told(proxy: HttpFaults, *lies: Fault) -> Iterator[None]:
    """The proxy answers in place of the server."""
    proxy.set(*lies)
    try:
        yield
    finally:
        proxy.clear()


@pytest.fixture(scope="module")
def radosgw_driver(radosgw: Radosgw, authority: Authority) -> S3Driver:
    return ready(radosgw.tls_account, ca_file=authority.ca)


@pytest.fixture(scope="module")
def swift_driver(swift: Swift) -> S3Driver:
    return ready(s3_of(swift))


def ready(account: S3Account, **more: Any) -> S3Driver:
    """A driver whose bucket is there already: that it comes with the first image is no leftover of that image."""
    driver = S3Driver(settings_for(account, part=SMALL, bucket="gate", abandoned_after=_SOON, **more))
    driver.upload("begun", None).abort()
    return driver


@functools.cache
def witness_of(driver: S3Driver, server: str) -> S3Witness:
    """One for each driver: its client takes a while to be made."""
    return S3Witness(driver, server)


class S3Gate(Gate):
    ceiling_size: ClassVar[int] = 64 * 1024 * 1024
    settle = 3 * _SOON

    @pytest.fixture
    def server_name(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    def witness(self, driver: S3Driver, server_name: str) -> S3Witness:
        return witness_of(driver, server_name)


class TestJuiceFS(S3Gate):
    """By TLS, with a prefix; it overwrites whatever is asked, so turns are taken."""

    @pytest.fixture
    def driver(self, juicefs_driver: S3Driver) -> S3Driver:
        return juicefs_driver

    @pytest.fixture
    def server_name(self, juicefs: JuiceFS) -> str:
        return juicefs.version


class TestMoto(S3Gate):
    """It has `If-None-Match`, as AWS. Before it there is a proxy, which can lie."""

    @pytest.fixture
    def lies(self, proxy: HttpFaults) -> Mapping[str, GateFault]:
        changing = [Fault(method=method, status=200, times=None) for method in ("PUT", "POST", "DELETE")]
        endless = [replace(fault, endless=True) for fault in changing]
        return {"200 and nothing behind it": lambda: told(proxy, *changing), "endless": lambda: told(proxy, *endless)}

    @pytest.fixture
    def driver(self, moto_driver: S3Driver) -> S3Driver:
        return moto_driver

    @pytest.fixture
    def server_name(self, moto: Moto) -> str:
        return moto.version


class TestRadosgw(S3Gate):
    """By TLS."""

    @pytest.fixture
    def driver(self, radosgw_driver: S3Driver) -> S3Driver:
        return radosgw_driver

    @pytest.fixture
    def server_name(self, radosgw: Radosgw) -> str:
        return f"radosgw of {radosgw.version.partition(' (')[0]}"


class TestSwift(S3Gate):
    """Swift's s3api."""

    @pytest.fixture
    def driver(self, swift_driver: S3Driver) -> S3Driver:
        return swift_driver

    @pytest.fixture
    def server_name(self, swift: Swift) -> str:
        return f"Swift {swift.version} s3api"
