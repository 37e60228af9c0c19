"""Skips where the browser cannot be had, or Sphinx is not installed."""

from servers.skip import pytest_runtest_call, pytest_runtest_setup

__all__ = ["pytest_runtest_call", "pytest_runtest_setup"]
