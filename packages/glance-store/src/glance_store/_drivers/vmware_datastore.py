"""The VMware store; its driver is not built yet."""

from __future__ import annotations

from oslo_config import cfg

from glance_store._bridge.locations import UriLocation
from glance_store._bridge.options import Option, declared
from glance_store._bridge.unbuilt import UnbuiltStore, flag, number, text

_TABLE = (
    Option(
        "vmware_server_host",
        None,
        {"help": "The vCenter or ESX server.", "sample_default": "127.0.0.1"},
        cfg.HostAddressOpt,
    ),
    text("vmware_server_username", "The user there.", sample_default="root"),
    text("vmware_server_password", "The user's password.", secret=True, sample_default="vmware"),
    number("vmware_api_retry_count", "How often a call is tried again.", 10, min=1),
    number("vmware_task_poll_interval", "Seconds between two looks at a task.", 5, min=1),
    text("vmware_store_image_dir", "The folder for the images in the datastore.", "/openstack_glance"),
    flag(
        "vmware_insecure",
        "The server's certificate is not verified; vmware_ca_file comes before it.",
        deprecated_name="vmware_api_insecure",
    ),
    text(
        "vmware_ca_file",
        "A PEM file with the authorities to trust.",
        sample_default="/etc/ssl/certs/ca-certificates.crt",
    ),
    Option(
        "vmware_datastores",
        None,
        {"help": "Datastores for the images, each as DATACENTER_PATH:DATASTORE[:WEIGHT]."},
        cfg.MultiStrOpt,
    ),
)


class Store(UnbuiltStore):
    """Images as files in datastores."""

    DRIVER = "vmware"
    SCHEMES = ("vsphere",)
    TABLE = _TABLE
    OPTIONS = declared(_TABLE)


class StoreLocation(UriLocation):
    """`vsphere://HOST/folder/PATH?dcPath=DATACENTER&dsName=DATASTORE`."""

    SCHEMES = Store.SCHEMES
