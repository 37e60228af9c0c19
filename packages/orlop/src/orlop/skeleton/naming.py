"""The names in a new driver's package: all follow from the driver's own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orlop.registry import driver_names, driver_type_of_scheme

_FORM = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MOST = 30
_TAKEN = {"store": "its classes would be called as those of orlop that they derive from"}


class RefusedName(ValueError):
    """No driver can be called so; the message says why."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the driver, its distribution, its module and its classes are called."""

    driver: str
    distribution: str
    module: str
    classes: str

    def put_into(self, text: str) -> str:
        """A text of the `example` package, with these names in it."""
        new = {
            "orlop_example": self.module,
            "orlop-example": self.distribution,
            "Example": self.classes,
            "example": self.driver,
        }
        return re.sub("orlop[-_]example|[Ee]xample", lambda match: new[match[0]], text)


def names_for(driver: str) -> Names:
    """The names for a new driver.

    Raises:
        RefusedName: it cannot be called so, or an installed one is.
    """
    reason = _refused(driver)
    if reason:
        raise RefusedName(f"a driver cannot be called {driver!r}: {reason}")
    classes = "".join(part.capitalize() for part in driver.split("-"))
    return Names(driver, f"orlop-{driver}", f"orlop_{driver.replace('-', '_')}", classes)


def _refused(driver: str) -> str:
    if not _FORM.fullmatch(driver):
        return "it has small letters, digits and single hyphens, and begins with a letter, as in 'my-store'"
    if len(driver) > _MOST:
        return f"it has at most {_MOST} characters"
    if driver.startswith("test"):
        return "pytest would take its classes for tests"
    if driver in driver_names():
        return "an installed driver has this name"
    if taken := driver_type_of_scheme(driver):
        return f"the locations of the installed {taken[0]!r} driver begin so"
    return _TAKEN.get(driver, "")
