"""The options of the swift store, and how their values become settings."""

from __future__ import annotations

from typing import Any

from orlop.drivers.swift.settings import SwiftSettings
from oslo_config import cfg

from glance_store._bridge.options import Option
from glance_store._bridge.unbuilt import flag, number, text

UNIT = 1000 * 1024
"""Bytes of what glance_store calls a megabyte."""

_ONE_REFERENCE: dict[str, Any] = {
    "deprecated_for_removal": True,
    "deprecated_reason": "swift_store_config_file keeps references, and with them the credentials out of locations.",
}


def _interface(value: str) -> str:
    return value.removesuffix("URL")


def _segment(value: int) -> int:
    """What is larger than orlop's own segments gives way to them: each is in memory until it has arrived."""
    own = int(SwiftSettings.model_fields["segment_size"].default)
    return max(min(value * UNIT, own), 1024 * 1024)


SWIFT_OPTIONS = (
    Option("swift_store_auth_insecure", "insecure"),
    Option("swift_store_cacert", "ca_file", {"sample_default": "/etc/ssl/certs/ca-certificates.crt"}),
    Option("swift_store_region", "region", {"sample_default": "RegionTwo"}),
    Option(
        "swift_store_endpoint",
        "endpoint",
        {"sample_default": "https://swift.openstack.example.org/v1/path_not_including_container_name"},
    ),
    Option(
        "swift_store_endpoint_type",
        "interface",
        {
            "default": "publicURL",
            "choices": ("publicURL", "adminURL", "internalURL"),
            "help": "Which endpoint of the catalog.",
        },
        cfg.StrOpt,
        _interface,
    ),
    Option("swift_store_service_type", "service_type", {"default": "object-store"}),
    Option("swift_store_container", "container"),
    number(
        "swift_store_large_object_size",
        "Of no effect: an image that is larger than one segment is stored in segments, whatever its size.",
        5120,
        min=1,
    ),
    Option(
        "swift_store_large_object_chunk_size",
        "segment_size",
        {
            "default": 200,
            "min": 1,
            "help": "The largest size of a segment, in units of 1000 KiB. Segments are kept in memory until they have "
            "arrived, and are never larger than orlop's own, 16 MiB.",
        },
        cfg.IntOpt,
        _segment,
    ),
    Option("swift_store_create_container_on_put", "create_container"),
    Option("swift_store_multi_tenant", "multi_tenant"),
    Option("swift_store_multiple_containers_seed", "container_digits"),
    Option("swift_store_admin_tenants", "admin_projects", {"default": []}),
    flag("swift_store_ssl_compression", "Of no effect: TLS compresses no more.", default=True),
    number(
        "swift_store_retry_get_count",
        "Of no effect: a broken download is continued, as often as orlop's 'attempts' says.",
        0,
        min=0,
    ),
    Option("swift_store_expire_soon_interval", "expire_soon", {"min": 0}),
    Option("swift_store_use_trusts", "use_trusts"),
    flag("swift_buffer_on_upload", "Of no effect: each segment can be sent again."),
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
    text("swift_upload_buffer_dir", "Of no effect: no segment is kept in a file."),
)
