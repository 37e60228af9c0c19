"""pytest: a test that meets Missing is skipped with its reason, or fails if nothing may be missing.

A conftest.py takes both hooks: `from servers.skip import pytest_runtest_call,
pytest_runtest_setup`. With SERVERS_REQUIRED=1 in the environment, Missing fails the test.
"""

import os
from collections.abc import Generator

import pytest

from servers.missing import Missing


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, None, None]:
    """Skip a test whose fixtures lack something."""
    try:
        yield
    except Missing as missing:
        _skip(missing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip a test that itself finds something lacking."""
    try:
        yield
    except Missing as missing:
        _skip(missing)


def _skip(missing: Missing) -> None:
    if os.environ.get("SERVERS_REQUIRED") == "1":
        raise missing
    pytest.skip(str(missing))
