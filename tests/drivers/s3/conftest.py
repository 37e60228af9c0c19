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

__all__ = ["MakeStore", "pytest_runtest_call", "pytest_runtest_setup", "settings_for"]

MakeStore = Callable[..., Store]
MIB = 1024 * 1024


def settings_for(account: S3Account, **more: Any) -> S3Settings:
    """Settings for an account, with the smallest parts."""
    known: dict[str, Any] = {
        "endpoint": account.endpoint,
        "access_key": account.access_key,
        "secret_key": account.secret_key,
        "region": account.region,
        "bucket": "images",
        "create_bucket": True,
        "part_size": 5 * MIB,
        "attempts": 4,
        "deadline": 30.0,
        "read_timeout": 20.0,
    }
    return S3Settings(**{**known, **more})


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
    with Moto() as started:
        yield started


@pytest.fixture(scope="session")
def radosgw(authority: Authority) -> Iterator[Radosgw]:
    with Ceph() as ceph, Radosgw(ceph, authority=authority) as started:
        yield started


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
