"""What `check` finds: the login, the container, large objects, quotas, and how safely all that is reached."""

from __future__ import annotations

from collections.abc import Sequence

from orlop.capabilities import Capability
from orlop.drivers.swift.client import Client
from orlop.drivers.swift.failures import MISSING
from orlop.drivers.swift.limits import Limits
from orlop.drivers.swift.quota import space_in
from orlop.errors import Unsupported
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
        findings.append(_container(client, settings.container))
    try:
        room = space_in(client, settings.container)
    except Unsupported as error:
        findings.append(Finding(Severity.OK, error.reason, Capability.SPACE))
    else:
        findings.append(Finding(Severity.OK, f"a quota leaves {room.free} of {room.total} bytes"))
    return findings


def _container(client: Client, container: str) -> Finding:
    if client.ask("HEAD", container, also=MISSING).status_code not in MISSING:
        return Finding(Severity.OK, f"the container {container} is there")
    if client.settings.create_container:
        return Finding(Severity.OK, f"the container {container} is made when the first image comes")
    return Finding(
        Severity.ERROR,
        f"there is no container {container}; make it, or set create_container",
        Capability.WRITE_ACCESS,
    )
