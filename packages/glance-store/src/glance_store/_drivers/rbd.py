"""The Ceph RBD store; its driver is not built yet."""

from __future__ import annotations

from typing import Any

from glance_store._bridge.locations import UriLocation
from glance_store._bridge.options import declared
from glance_store._bridge.unbuilt import UnbuiltStore, flag, number, text

rados: Any = None
rbd: Any = None

_TABLE = (
    number("rbd_store_chunk_size", "Size of the objects that an image is cut into; MiB, a power of two.", 8, min=1),
    text("rbd_store_pool", "The pool for the images.", "images"),
    text("rbd_store_user", "The Ceph user; unset: the default of the configuration file."),
    text("rbd_store_ceph_conf", "Ceph's configuration file; empty: where Ceph looks for it.", ""),
    number("rados_connect_timeout", "Seconds for connecting and for each operation; negative: Ceph's default.", -1),
    flag("rbd_thin_provisioning", "Zeros are not written."),
)


class Store(UnbuiltStore):
    """Images as RBD images with a protected snapshot."""

    DRIVER = "rbd"
    SCHEMES = ("rbd",)
    TABLE = _TABLE
    OPTIONS = declared(_TABLE)
    PROPERTIES = {
        "chunk_size": "rbd_store_chunk_size",
        "pool": "rbd_store_pool",
        "thin_provisioning": "rbd_thin_provisioning",
    }

    @property
    def url_prefix(self) -> str:
        """Any location of RBD, while no cluster is known."""
        return "rbd://"

    def get_connection(self, *_: Any, **__: Any) -> Any:
        """Refuse.

        Raises:
            InvalidSettings: always.
        """
        return self.opened()


class StoreLocation(UriLocation):
    """`rbd://FSID/POOL/IMAGE/SNAPSHOT`, and `rbd://IMAGE` of old."""

    SCHEMES = Store.SCHEMES
