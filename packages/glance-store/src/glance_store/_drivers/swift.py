"""The Swift store; its driver is not built yet."""

from __future__ import annotations

from typing import Any, NoReturn

from orlop.errors import InvalidSettings
from orlop.lifecycle.tombstones import tombstone
from oslo_config import cfg

from glance_store._bridge.locations import UriLocation
from glance_store._bridge.options import Option, declared
from glance_store._bridge.unbuilt import UnbuiltStore, flag, number, text

swiftclient: Any = None

_ONE_REFERENCE: dict[str, Any] = {
    "deprecated_for_removal": True,
    "deprecated_reason": "swift_store_config_file keeps references, and with them the credentials out of locations.",
}

_TABLE = (
    flag("swift_store_auth_insecure", "Certificates of Keystone and Swift are not verified."),
    text(
        "swift_store_cacert",
        "A PEM file with the authorities to trust, for Keystone and Swift.",
        sample_default="/etc/ssl/certs/ca-certificates.crt",
    ),
    text("swift_store_region", "The region of the Swift endpoint.", sample_default="RegionTwo"),
    text(
        "swift_store_endpoint",
        "The storage URL up to the container, in place of the catalog's.",
        sample_default="https://swift.openstack.example.org/v1/path_not_including_container_name",
    ),
    text(
        "swift_store_endpoint_type",
        "Which endpoint of the catalog.",
        "publicURL",
        choices=("publicURL", "adminURL", "internalURL"),
    ),
    text("swift_store_service_type", "The service type in the catalog.", "object-store"),
    text("swift_store_container", "The container for the images, or what its name begins with.", "glance"),
    number(
        "swift_store_large_object_size",
        "From how many units of 1000 KiB on an image is stored in segments.",
        5120,
        min=1,
    ),
    number("swift_store_large_object_chunk_size", "Size of a segment, in units of 1000 KiB.", 200, min=1),
    flag("swift_store_create_container_on_put", "The container is made when it is missing."),
    flag("swift_store_multi_tenant", "Images are kept in the accounts of their owners."),
    number(
        "swift_store_multiple_containers_seed",
        "How many digits of the image id are part of the container's name; 0: one container.",
        0,
        min=0,
        max=32,
    ),
    Option(
        "swift_store_admin_tenants",
        None,
        {"default": [], "help": "Projects that may write every image, with swift_store_multi_tenant."},
        cfg.ListOpt,
    ),
    flag("swift_store_ssl_compression", "Compression by TLS.", default=True),
    number("swift_store_retry_get_count", "How often a broken download is continued.", 0, min=0),
    number("swift_store_expire_soon_interval", "Seconds before its end in which a token is renewed.", 60, min=0),
    flag("swift_store_use_trusts", "A trust lets a transfer outlive its user's token.", default=True),
    flag("swift_buffer_on_upload", "Segments are kept in a file, so that they can be sent again."),
    text("default_swift_reference", "The section of swift_store_config_file for new images.", "ref1"),
    text("swift_store_auth_version", "The version of Keystone's API.", "3", choices=("3",), **_ONE_REFERENCE),
    text("swift_store_auth_address", "Keystone's URL.", **_ONE_REFERENCE),
    text("swift_store_user", "PROJECT:USER.", secret=True, **_ONE_REFERENCE),
    text("swift_store_key", "The user's password.", secret=True, **_ONE_REFERENCE),
    text("swift_store_application_credential_id", "The id of an application credential.", secret=True),
    text("swift_store_application_credential_secret", "Its secret.", secret=True),
    text("swift_store_project_name", "The project, by name.", **_ONE_REFERENCE),
    text("swift_store_project_id", "The project, by id.", **_ONE_REFERENCE),
    text("swift_store_config_file", "A file with references: accounts and their credentials."),
    text("swift_upload_buffer_dir", "The folder for swift_buffer_on_upload."),
)


class BaseStore(UnbuiltStore):
    """Images as objects in a container."""

    DRIVER = "swift"
    SCHEMES = ("swift+https", "swift", "swift+http", "swift+config")
    TABLE = _TABLE
    OPTIONS = declared(_TABLE)
    PROPERTIES = {
        "container": "swift_store_container",
        "large_object_size": "swift_store_large_object_size",
        "large_object_chunk_size": "swift_store_large_object_chunk_size",
    }

    def opened(self) -> NoReturn:
        """Refuse; of versions of authentication that are gone, with their history.

        Raises:
            InvalidSettings: always.
        """
        try:
            _ = self.store_conf.swift_store_auth_version
        except ValueError as error:  # no choice of the option's: oslo.config says which, and does not give it
            for version in ("1", "2"):
                if f"found '{version}'" in str(error) and (gone := tombstone(f"swift-auth-v{version}")):
                    raise InvalidSettings(str(gone)) from error
        super().opened()

    def get_store_connection(self, *_: Any, **__: Any) -> Any:
        """Refuse.

        Raises:
            InvalidSettings: always.
        """
        return self.opened()


class Store(BaseStore):
    """Images as objects in a container."""


class StoreLocation(UriLocation):
    """`swift+https://ACCOUNT/CONTAINER/OBJECT` and `swift+config://REFERENCE/CONTAINER/OBJECT`, credentials allowed."""

    SCHEMES = BaseStore.SCHEMES
