"""An HTTP origin whose URLs say their fault: see faults.py for the parameters."""

from servers.fault_origin.content import body
from servers.fault_origin.faults import Faults
from servers.fault_origin.origin import FaultOrigin
from servers.fault_origin.request import Request

__all__ = ["FaultOrigin", "Faults", "Request", "body"]
