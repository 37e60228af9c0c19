"""OpenStack's glance_store on the drivers of orlop: the functions that Glance calls, with their old names.

New code uses `orlop.Store`, which stores, reads and deletes; see `orlop.Stores` for those of a configuration.
"""

from __future__ import annotations

from glance_store.backend import *
from glance_store.driver import *
from glance_store.exceptions import *
from glance_store.multi_backend import *
