"""What the tests of the servers share."""

from collections.abc import Iterator

import pytest

from servers.fault_origin import FaultOrigin
from servers.pki import Authority
from servers.skip import pytest_runtest_call, pytest_runtest_setup

__all__ = ["pytest_runtest_call", "pytest_runtest_setup"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def origin() -> Iterator[FaultOrigin]:
    with FaultOrigin() as started:
        yield started
