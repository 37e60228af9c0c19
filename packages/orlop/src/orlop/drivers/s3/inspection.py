"""Whether the store is reachable and usable."""

from __future__ import annotations

from collections.abc import Sequence

from botocore.exceptions import ClientError

from orlop.capabilities import Capability
from orlop.drivers.s3.bucket import Bucket
from orlop.drivers.s3.failures import classify
from orlop.records import Finding, Severity

_ALL = Capability.READ_ACCESS | Capability.WRITE_ACCESS | Capability.DELETE | Capability.LIST


def inspect(bucket: Bucket) -> Sequence[Finding]:
    """What there is to say of the server and the bucket; nothing is changed."""
    settings = bucket.settings
    where = f"bucket {settings.bucket!r} at {bucket.client.endpoint.url}"
    findings = []
    if settings.insecure:
        findings.append(
            Finding(Severity.WARNING, "certificates are not verified (insecure); set ca_file and leave insecure out")
        )
    if settings.checksum == "none":
        findings.append(Finding(Severity.WARNING, "damage on the way is not noticed (checksum = 'none')"))
    try:
        there = bucket.exists()
    except ClientError as error:
        kind = classify(error)
        lacks = Capability.NONE if kind is not None and kind.retryable else _ALL
        return [*findings, Finding(Severity.ERROR, f"{where} cannot be used: {error}", lacks)]
    if there:
        return [*findings, Finding(Severity.OK, f"{where} is there")]
    if settings.create_bucket:
        return [*findings, Finding(Severity.OK, f"{where} is made when the first image comes")]
    return [*findings, Finding(Severity.ERROR, f"there is no {where}; make it, or set create_bucket", _ALL)]
