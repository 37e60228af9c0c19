"""What a case proves, written at the case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from orlop.capabilities import Capability

C = TypeVar("C", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Claim:
    """What one case stands for.

    `capability` are the capabilities that it proves: where one is not declared, the case shows instead that the store
    refuses what needs it. A `minimum` case can never be set aside by a deviation.
    """

    capability: Capability = Capability.NONE
    minimum: bool = False


def proves(capability: Capability) -> Callable[[C], C]:
    """Mark a case as a proof of `capability`."""

    def mark(case: C) -> C:
        return _claimed(case, replace(claim_of(case), capability=capability))

    return mark


def minimum(case: C) -> C:
    """Mark a case as one of those that nobody can opt out of."""
    return _claimed(case, replace(claim_of(case), minimum=True))


def claim_of(case: Any) -> Claim:
    """The claim of a case's function."""
    return getattr(case, "orlop_claim", Claim())


def _claimed(case: C, claim: Claim) -> C:
    setattr(case, "orlop_claim", claim)  # noqa: B010 - functions have no declared attributes
    return case
