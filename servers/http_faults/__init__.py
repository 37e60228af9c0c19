"""An HTTP proxy with faults that are for single requests, for before any server that speaks HTTP/1.1."""

from servers.http_faults.fault import Fault
from servers.http_faults.proxy import HttpFaults, Seen

__all__ = ["Fault", "HttpFaults", "Seen"]
