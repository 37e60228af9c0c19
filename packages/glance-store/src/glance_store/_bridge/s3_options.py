"""The options of the S3 store, and how their values become settings."""

from __future__ import annotations

import re
from typing import Any

from orlop.drivers.s3.settings import MIB
from oslo_config import cfg

from glance_store._bridge.options import Option

_CHECKSUMS = ("when_required", "when_supported")
_PART, _THREADS = 10, 10
_AWS = re.compile(r"s3[.-](?:dualstack\.|fips[.-]|website[.-])*([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")
FIRST_REGION = "us-east-1"


def region_of(host: str) -> str | None:
    """The region in the name of one of AWS's servers, such as s3.eu-west-1.amazonaws.com; None of any other."""
    name = host.rpartition("://")[2].partition("/")[0].partition(":")[0].lower()
    if name in {"s3.amazonaws.com", "s3-external-1.amazonaws.com"}:
        return FIRST_REGION
    found = _AWS.fullmatch(name)
    return found[1] if found else None


def _part(value: int) -> int | None:
    """The old default gives way to orlop's own."""
    return None if value == _PART else value * MIB


def _lanes(value: int) -> int | None:
    return None if value == _THREADS else max(1, min(value, 64))


def _text(value: str) -> str | None:
    return value or None


S3_OPTIONS = (
    Option("s3_store_host", "endpoint", {"help": "The server, with or without its scheme; without one, https."}),
    Option(
        "s3_store_region_name",
        "region",
        {"default": "", "help": "The region; empty: as the name of AWS's server says, else us-east-1."},
        read=_text,
    ),
    Option("s3_store_access_key", "access_key", {"secret": True}, read=_text),
    Option("s3_store_secret_key", "secret_key", {"secret": True}, read=_text),
    Option("s3_store_bucket", "bucket", {"default": None}),
    Option("s3_store_create_bucket_on_put", "create_bucket"),
    Option(
        "s3_store_bucket_url_format",
        "addressing",
        {"help": "How the bucket is addressed: auto, virtual or path; auto is path, which every server knows."},
    ),
    Option(
        "s3_store_large_object_size",
        declare={
            "default": 100,
            "min": 0,
            "help": "Without effect: what fits into one part is sent by one request, all else in parts.",
        },
        kind=cfg.IntOpt,
    ),
    Option(
        "s3_store_large_object_chunk_size",
        "part_size",
        {
            "default": _PART,
            "help": "Size of a part in MiB, at least 5. The default stands for orlop's own, 16; parts grow along "
            "large images.",
        },
        cfg.IntOpt,
        _part,
    ),
    Option(
        "s3_store_thread_pools",
        "lanes",
        {
            "default": _THREADS,
            "help": "Parts that are sent at once. The default stands for orlop's own, 4: more take memory and were "
            "not faster.",
        },
        cfg.IntOpt,
        _lanes,
    ),
    Option(
        "s3_store_cacert",
        "ca_file",
        {"default": "", "help": "A PEM file with the authorities to trust; empty: those that botocore brings."},
        read=_text,
    ),
    Option(
        "s3_store_enable_data_integrity_protection",
        declare={
            "default": False,
            "help": "With s3_store_request_checksum_calculation = when_supported: the server is given a CRC-32 of each "
            "request's bytes, instead of the MD5 that it gets otherwise.",
        },
        kind=cfg.BoolOpt,
    ),
    Option(
        "s3_store_request_checksum_calculation",
        declare={
            "default": "when_required",
            "choices": _CHECKSUMS,
            "help": "Which checksum requests carry; see s3_store_enable_data_integrity_protection.",
        },
        kind=cfg.StrOpt,
    ),
    Option(
        "s3_store_response_checksum_validation",
        declare={
            "default": "when_required",
            "choices": _CHECKSUMS,
            "help": "Without effect: what was read is compared with the digests of the whole image.",
        },
        kind=cfg.StrOpt,
    ),
)


def checksum(conf: Any) -> str | None:
    """What three of the options together say of checksums; None: as orlop has it by default."""
    wanted = conf.s3_store_enable_data_integrity_protection
    return "crc32" if wanted and conf.s3_store_request_checksum_calculation == "when_supported" else None
