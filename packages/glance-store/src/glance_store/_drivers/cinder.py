"""The Cinder store; its driver is not built yet."""

from __future__ import annotations

from typing import Any

from glance_store._bridge.locations import UriLocation
from glance_store._bridge.options import declared
from glance_store._bridge.unbuilt import UnbuiltStore, flag, number, text

cinderclient: Any = None

_TABLE = (
    text("cinder_catalog_info", "TYPE:NAME:INTERFACE of Cinder in the catalog.", "volumev3::publicURL"),
    text("cinder_endpoint_template", "Cinder's URL in place of the catalog's, with %(tenant)s in it."),
    text("cinder_os_region_name", "The region of the Cinder endpoint.", deprecated_name="os_region_name"),
    text("cinder_ca_certificates_file", "A PEM file with the authorities to trust."),
    number("cinder_http_retries", "How often a call is tried again.", 3, min=0),
    number("cinder_state_transition_timeout", "Seconds that a volume may take for each change of state.", 300, min=0),
    flag("cinder_api_insecure", "Cinder's certificate is not verified."),
    text("cinder_store_auth_address", "Keystone's URL."),
    text("cinder_store_user_name", "The user that keeps the volumes; unset: the one who asks."),
    text("cinder_store_user_domain_name", "The user's domain.", "Default"),
    text("cinder_store_password", "The user's password.", secret=True),
    text("cinder_store_application_credential_id", "The id of an application credential, in place of the user."),
    text("cinder_store_application_credential_secret", "Its secret.", secret=True),
    text("cinder_store_project_name", "The project that keeps the volumes."),
    text("cinder_store_project_domain_name", "The project's domain.", "Default"),
    text("rootwrap_config", "The configuration of glance-rootwrap.", "/etc/glance/rootwrap.conf"),
    text("cinder_volume_type", "The type of the volumes; unset: Cinder's default."),
    flag("cinder_enforce_multipath", "No volume is attached by a single path."),
    flag("cinder_use_multipath", "Volumes are attached by several paths where they have them."),
    text("cinder_mount_point_base", "Where NFS shares are mounted.", "/var/lib/glance/mnt"),
    flag("cinder_do_extend_attached", "Volumes grow while they are attached."),
    number("cinder_attachment_retry_attempts", "How often an attachment is tried.", 5, min=1),
)


class Store(UnbuiltStore):
    """Images as volumes."""

    DRIVER = "cinder"
    SCHEMES = ("cinder",)
    TABLE = _TABLE
    OPTIONS = declared(_TABLE)

    @property
    def url_prefix(self) -> str:
        """The store's identifier is the first part of its locations."""
        return f"cinder://{self.backend_group}" if self.backend_group else "cinder://"

    def is_image_associated_with_store(self, context: Any, volume_id: str) -> bool:
        """Whether an old image's volume belongs to this store; while Cinder cannot be asked, none does."""
        del context, volume_id
        return False

    def get_cinderclient(self, context: Any = None, **_: Any) -> Any:
        """Refuse.

        Raises:
            InvalidSettings: always.
        """
        del context
        return self.opened()


class StoreLocation(UriLocation):
    """`cinder://STORE/VOLUME`, and `cinder://VOLUME` of old."""

    SCHEMES = Store.SCHEMES
