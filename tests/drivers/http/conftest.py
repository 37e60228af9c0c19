"""Real web servers, and stores that read from them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from orlop.drivers.http.driver import HttpDriver
from orlop.drivers.http.settings import HttpSettings
from orlop.store import Store

from servers.fault_origin import FaultOrigin
from servers.fault_proxy import FaultProxy
from servers.pki import Authority
from servers.skip import pytest_runtest_call, pytest_runtest_setup
from tests.drivers.http.nginx import Nginx
from tests.drivers.http.web_proxy import WebProxy

__all__ = ["MakeStore", "pytest_runtest_call", "pytest_runtest_setup"]

MakeStore = Callable[..., Store]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def origins(authority: Authority) -> Iterator[tuple[FaultOrigin, FaultOrigin, FaultOrigin]]:
    with FaultOrigin() as one, FaultOrigin() as other, FaultOrigin(authority.server) as secure:
        yield one, other, secure


@pytest.fixture
def origin(origins: tuple[FaultOrigin, ...]) -> FaultOrigin:
    origins[0].forget()
    return origins[0]


@pytest.fixture
def other(origins: tuple[FaultOrigin, ...]) -> FaultOrigin:
    """Another origin: another port of this host."""
    origins[1].forget()
    return origins[1]


@pytest.fixture
def secure(origins: tuple[FaultOrigin, ...]) -> FaultOrigin:
    """An origin that speaks TLS with a certificate of the private authority."""
    origins[2].forget()
    return origins[2]


@pytest.fixture
def wire(origin: FaultOrigin) -> Iterator[FaultProxy]:
    """A way to the origin that can be cut, stalled and unplugged."""
    with FaultProxy("127.0.0.1", origin.port) as started:
        yield started


@pytest.fixture(scope="session")
def nginx(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    with Nginx(tmp_path_factory.mktemp("nginx"), authority) as started:
        yield started


@pytest.fixture
def web_proxy() -> Iterator[WebProxy]:
    with WebProxy() as started:
        yield started


@pytest.fixture
def make_store() -> Iterator[MakeStore]:
    """Makes stores; few attempts and short deadlines unless told otherwise."""
    made: list[Store] = []

    def make(**settings: Any) -> Store:
        # All servers here are on loopback, to which the guard follows no redirects: see test_policy.py.
        known: dict[str, Any] = {"attempts": 3, "deadline": 20.0, "read_timeout": 10.0, "guard_redirects": False}
        made.append(Store("web", HttpDriver(HttpSettings(**{**known, **settings}))))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    return make_store()


@pytest.fixture
def trusting(make_store: MakeStore, authority: Authority) -> Store:
    """A store that knows the private authority."""
    return make_store(ca_file=authority.ca)


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
