"""What `check` finds: the login, the container, large objects, quotas, and how safely all that is reached."""

from __future__ import annotations

from collections.abc import Sequence

from orlop.capabilities import Capability
from orlop.drivers.swift.client import Client
from orlop.drivers.swift.failures import MISSING
from orlop.drivers.swift.limits import Limits
from orlop.drivers.swift.quota import space_in
from orlop.errors import InvalidSettings, Unsupported
from orlop.location import without_secrets
from orlop.records import Finding, Severity


def check(client: Client, limits: Limits) -> Sequence[Finding]:
    """Look whether images can be stored and read; nothing is changed."""
    settings = client.settings
    findings = [Finding(Severity.OK, f"logged in; the account is {without_secrets(client.url)}")]
    if not client.verifies:
        where = "insecure" if settings.insecure else "clouds.yaml or OS_* say so"
        findings.append(Finding(Severity.WARNING, f"certificates are not verified ({where}); set ca_file instead"))
    if not limits.static:
        findings.append(
            Finding(Severity.WARNING, "large images become dynamic large objects, which are as right as listings are")
        )
    if not settings.multi_tenant and not settings.container_digits:
        findings += _container(client, settings.container)
    try:
        room = space_in(client, settings.container)
    except Unsupported as error:
        findings.append(Finding(Severity.OK, error.reason, Capability.SPACE, InvalidSettings))
    else:
        findings.append(Finding(Severity.OK, f"a quota leaves {room.free} of {room.total} bytes"))
    return findings


def _container(client: Client, container: str) -> Sequence[Finding]:
    answer = client.ask("HEAD", container, also=MISSING)
    if answer.status_code in MISSING and client.settings.create_container:
        return [Finding(Severity.OK, f"the container {container} is made when the first image comes")]
    if answer.status_code in MISSING:
        return [
            Finding(
                Severity.ERROR,
                f"there is no container {container}; make it, or set create_container",
                Capability.WRITE_ACCESS,
                InvalidSettings,
            )
        ]
    found = [Finding(Severity.OK, f"the container {container} is there")]
    versions = [name for name in _VERSIONS if answer.headers.get(name, "").lower() not in {"", "false"}]
    if versions:
        found.append(
            Finding(
                Severity.WARNING,
                f"the container {container} keeps versions ({versions[0]}): what is deleted goes on taking space, and "
                "each upload leaves some; images are never changed, so turn it off for this container",
            )
        )
    return found


_VERSIONS = ("X-Versions-Location", "X-History-Location", "X-Versions-Enabled")
"""The headers of a container whose objects Swift keeps when they are replaced or deleted, in its three manners."""
