"""OpenStack's Glance, on our glance_store or on upstream's."""

from servers.glance.library import Library
from servers.glance.server import Glance, Store

__all__ = ["Glance", "Library", "Store"]
