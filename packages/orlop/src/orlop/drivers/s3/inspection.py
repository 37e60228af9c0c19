"""Whether the store is reachable and usable."""

from __future__ import annotations

from collections.abc import Sequence

from botocore.exceptions import ClientError

from orlop.capabilities import Capability
from orlop.drivers.s3.answers import about, whole
from orlop.drivers.s3.bucket import Bucket
from orlop.drivers.s3.failures import classify, code_of
from orlop.errors import BackendError, PermissionDenied, StoreError
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
        findings.append(
            Finding(
                Severity.WARNING,
                "damage on the way is not noticed, and a bucket with object lock takes no image (checksum = 'none')",
            )
        )
    try:
        # By a listing, whose answer names what is wrong; one to HEAD cannot.
        answer = bucket.ask("list_objects_v2", Prefix=settings.prefix, MaxKeys=1)
        about(whole(answer, "Name"), Name=settings.bucket)
    except ClientError as error:
        return [*findings, _why(error, bucket, where)]
    except StoreError as error:
        return [*findings, Finding(Severity.ERROR, f"{where} cannot be used: {error.reason}", kind=type(error))]
    return [*findings, Finding(Severity.OK, f"{where} is there"), *_uploads(bucket)]


def _why(error: ClientError, bucket: Bucket, where: str) -> Finding:
    if code_of(error) == "NoSuchBucket":
        if bucket.settings.create_bucket:
            return Finding(Severity.OK, f"{where} is made when the first image comes")
        return Finding(Severity.ERROR, f"there is no {where}; make it, or set create_bucket", _ALL, kind=BackendError)
    kind = classify(error) or BackendError
    lacks = Capability.NONE if kind.retryable else _ALL
    hint = "; the account needs s3:ListBucket" if kind is PermissionDenied else ""
    return Finding(Severity.ERROR, f"{where} cannot be used: {error}{hint}", lacks, kind)


def _uploads(bucket: Bucket) -> Sequence[Finding]:
    """Whether dead uploads can be found; an account that may not list them can do everything else."""
    try:
        bucket.ask("list_multipart_uploads", Prefix=bucket.settings.prefix, MaxUploads=1)
    except ClientError as error:
        if classify(error) is not PermissionDenied:
            return []
        message = f"dead uploads cannot be found, so 'orlop clean' fails: {error}"
        return [Finding(Severity.WARNING, f"{message}; the account needs s3:ListBucketMultipartUploads")]
    return []
