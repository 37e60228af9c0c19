"""The glance_store under a Glance."""

from enum import Enum

from servers.venvs import ROOT


class Library(Enum):
    """Whose it is; the value is what a virtual environment needs for it."""

    OURS = (f"-e {ROOT}/packages/orlop", f"-e {ROOT}/packages/glance-store")
    UPSTREAM = ("glance_store==5.7.0",)
