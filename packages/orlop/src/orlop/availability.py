"""Whether a store can be used now: what its last `check` found lost, and when it is looked at again.

Capabilities say what a store can do, and stay. What is lost for now - a wrong key, a directory that has become
read-only, a bucket that is missing - is refused with the error that says so, and looked at again, for it may be back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from orlop.capabilities import Capability
from orlop.errors import BackendError, InvalidSettings, PermissionDenied, StoreError, StoreFull, Unavailable
from orlop.records import Finding, Severity

LOOK_AGAIN = 10.0
"""Seconds between two looks at what is lost: what needs it asks the backend so often, and no more."""
_KINDS = (Unavailable, PermissionDenied, StoreFull, InvalidSettings, BackendError)
_USING = Capability.READ_ACCESS | Capability.WRITE_ACCESS | Capability.DELETE | Capability.LIST


class Availability:
    """What the last `check` of one store found, and when that was."""

    def __init__(self, look_again: float = LOOK_AGAIN) -> None:
        self._look_again = look_again
        self._findings: Sequence[Finding] = ()
        self._looked = float("-inf")
        self._lock = threading.Lock()

    @property
    def findings(self) -> Sequence[Finding]:
        """What the last `check` found; empty before the first one."""
        return self._findings

    @property
    def lost(self) -> Capability:
        """What cannot be used for now."""
        lost = Capability.NONE
        for finding in self._findings:
            lost |= finding.lacks
        return lost

    def keep(self, findings: Sequence[Finding]) -> None:
        """These are the last findings from now on."""
        with self._lock:
            self._findings, self._looked = tuple(findings), time.monotonic()

    def why_lost(self, capability: Capability) -> Finding | None:
        """The finding by which `capability` is lost; None when it is not."""
        return next((finding for finding in self._findings if capability & finding.lacks), None)

    def may_look(self) -> bool:
        """Whether the caller is the one who looks again now; the others take what is known."""
        with self._lock:
            now = time.monotonic()
            if now - self._looked < self._look_again:
                return False
            self._looked = now
            return True


def kind_of(finding: Finding) -> type[StoreError]:
    """The class of the error with which a lost capability is refused.

    Never one that says something of an image, or for ever: callers forget images that are not found, and what a store
    does not support.
    """
    return finding.kind if issubclass(finding.kind, _KINDS) else Unavailable


def finding_of(error: StoreError) -> Finding:
    """A failed `check` as a finding. What may pass lacks nothing: the call that meets it says so itself."""
    lost = _USING
    if error.retryable:
        lost = Capability.NONE
    elif isinstance(error, StoreFull):
        lost = Capability.WRITE_ACCESS
    return Finding(Severity.ERROR, error.reason, lost, type(error))
