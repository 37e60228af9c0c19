"""Real S3 servers, each started once, and stores in them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from orlop.drivers.s3.driver import S3Driver
from orlop.drivers.s3.settings import S3Settings
from orlop.store import Store

from servers.ceph import Ceph
from servers.juicefs import JuiceFS
from servers.moto import Moto
from servers.pki import Authority
from servers.radosgw import Radosgw
from servers.s3_account import S3Account
from servers.skip import pytest_runtest_call, pytest_runtest_setup
from servers.swift import Swift

__all__ = ["MakeStore", "pytest_runtest_call", "pytest_runtest_setup", "s3_of", "settings_for"]

MakeStore = Callable[..., Store]
MIB = 1024 * 1024
SMALL = 256 * 1024
"""Bytes of a part, as small as these servers are told to take."""


def settings_for(account: S3Account, *, part: int = 5 * MIB, **more: Any) -> S3Settings:
    """Settings for an account, with parts of `part` bytes.

    They may be smaller than AWS's least, which users cannot have: the servers here are told to take such, and so a gate
    has less than half the bytes to move.
    """
    known: dict[str, Any] = {
        "endpoint": account.endpoint,
        "access_key": account.access_key,
        "secret_key": account.secret_key,
        "region": account.region,
        "bucket": "images",
        "create_bucket": True,
        "attempts": 4,
        "deadline": 30.0,
        "read_timeout": 20.0,
    }
    return S3Settings(**{**known, **more}).model_copy(update={"part_size": part})


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def juicefs(authority: Authority) -> Iterator[JuiceFS]:
    """The gateway of JuiceFS, by TLS."""
    with JuiceFS(authority=authority) as started:
        yield started


@pytest.fixture(scope="session")
def moto() -> Iterator[Moto]:
    with Moto(least_part=SMALL) as started:
        yield started


@pytest.fixture(scope="session")
def radosgw(authority: Authority) -> Iterator[Radosgw]:
    with Ceph() as ceph, Radosgw(ceph, authority=authority, least_part=SMALL) as started:
        yield started


@pytest.fixture(scope="session")
def swift() -> Iterator[Swift]:
    """Swift, with its s3api."""
    small = {"filter:s3api": {"min_segment_size": str(SMALL)}, "filter:slo": {"rate_limit_under_size": "0"}}
    with Swift(options=small) as started:
        yield started


def s3_of(swift: Swift) -> S3Account:
    """The account of Swift's tempauth, as an S3 client knows it."""
    return S3Account(swift.url, swift.tempauth.user, swift.tempauth.password)


@pytest.fixture
def make_store() -> Iterator[MakeStore]:
    """Makes stores for an account."""
    made: list[Store] = []

    def make(account: S3Account, **settings: Any) -> Store:
        made.append(Store("objects", S3Driver(settings_for(account, **settings))))
        return made[-1]

    yield make
    for store in made:
        store.close()
