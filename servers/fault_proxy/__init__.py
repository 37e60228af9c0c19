"""A TCP proxy with faults, for before any server."""

from servers.fault_proxy.proxy import FaultProxy
from servers.fault_proxy.way import Way

__all__ = ["FaultProxy", "Way"]
