"""`orlop check`: whether the stores are reachable and usable, how full they are, and what is wrong."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import typer

from orlop.capabilities import Capability
from orlop.cli import documents
from orlop.cli.exit_codes import ExitCode
from orlop.cli.failures import message_of
from orlop.cli.options import StoreNames
from orlop.cli.output import result
from orlop.cli.session import Session
from orlop.cli.wording import harmless, human_size
from orlop.errors import StoreError
from orlop.records import Finding, Severity, Space

if TYPE_CHECKING:
    from rich.console import RenderableType

_STYLES = {Severity.OK: "green", Severity.WARNING: "yellow", Severity.ERROR: "bold red"}
_BAR = 20


@dataclass
class Health:
    """How one store is."""

    name: str
    driver: str | None = None
    findings: list[Finding] = field(default_factory=list)
    space: Space | None = None
    capabilities: Capability = Capability.NONE
    lost: Capability = Capability.NONE

    @property
    def ok(self) -> bool:
        """Whether nothing found is an error."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)

    @property
    def well(self) -> bool:
        """Whether there is nothing that anybody should know."""
        return all(finding.severity is Severity.OK for finding in self.findings)


def command(ctx: typer.Context, stores: StoreNames = None) -> int:
    """Ask each store whether it is reachable and usable, how full it is, and what is wrong.

    The exit code is 1 when one has an error. All are asked at once, so that one that hangs does not keep the others.
    With --quiet only stores with errors or warnings are shown, as a timer wants it.
    """
    session: Session = ctx.obj
    found = [Health(name) for name in session.names(stores or [])]
    threads = [threading.Thread(target=_look, args=(session, health), daemon=True) for health in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shown = [health for health in found if not (session.quiet and health.well)]
    if session.json or shown:
        result(session, {"stores": [_document(health) for health in found]}, lambda: _drawn(shown))
    return int(ExitCode.OK if all(health.ok for health in found) else ExitCode.FAILED)


def _look(session: Session, health: Health) -> None:
    """Fill in how one store is; nothing escapes, it would be lost in this thread."""
    try:
        store = session.stores[health.name]
        health.driver = store.settings.driver
        health.findings = list(store.check())
        health.lost = store.lost
        health.capabilities = store.capabilities & ~health.lost
        if Capability.SPACE in health.capabilities and Capability.READ_ACCESS not in health.lost:
            health.space = store.space()
    except StoreError as error:
        health.findings.append(Finding(Severity.ERROR, message_of(error)))
    except Exception as error:  # noqa: BLE001 - a driver's fault is a finding here
        health.findings.append(Finding(Severity.ERROR, message_of(error)))


def _document(health: Health) -> dict[str, Any]:
    return {
        "name": health.name,
        "driver": health.driver,
        "ok": health.ok,
        "findings": [documents.finding(finding) for finding in health.findings],
        "space": documents.space(health.space),
        "capabilities": documents.capabilities(health.capabilities),
        "lost": documents.capabilities(health.lost),
    }


def _drawn(found: list[Health]) -> RenderableType:
    from rich.text import Text  # noqa: PLC0415 - only people see this

    text = Text()
    for health in found:
        text.append(health.name, "bold")
        text.append(f" ({health.driver or 'settings are wrong'})\n")
        for finding in health.findings or [Finding(Severity.OK, "nothing is wrong")]:
            text.append(f"  {finding.severity.value:8}", _STYLES[finding.severity])
            text.append(f"{harmless(finding.message)}\n")
        if health.space is not None:
            text.append(f"  {'space':8}{_fullness(health.space)}\n")
        if health.lost:
            text.append(f"  {'lost':8}{' '.join(documents.capabilities(health.lost))}\n", "yellow")
    text.rstrip()
    return text


def _fullness(space: Space) -> str:
    usable = space.used + space.free  # what is kept for root, or belongs to other quotas, is neither
    share = space.used / usable if usable else 1.0
    bar = "#" * round(share * _BAR)
    return (
        f"[{bar:.<{_BAR}}] {share:.0%} full: {human_size(space.used)} used, "
        f"{human_size(space.free)} free of {human_size(space.total)}"
    )
