"""The job of a driver in a package of its own: the gate that the package has run, and Glance's functional tests on it.

The package says in `ci/glance.toml` what its stores are told, as `orlop new-driver` writes it. Its driver needs no
entry point of glance_store's: the facade has stores of every driver of orlop, in `enabled_backends`.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ci import tree
from ci.drivers import Backend, JobDriver
from ci.exceptions import Exempt
from ci.own_gate import OwnGate, problems
from ci.suites import FUNCTIONAL

FILE = "ci/glance.toml"
REPORT = "build/gate.json"
_FIELDS = {"driver", "server", "settings", "exception"}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class BadPackage(Exception):
    """A package does not say what the job needs; the message says what is wrong, and in which file."""


@dataclass(frozen=True)
class Package:
    """What a package says: its driver, and the tests that may end otherwise."""

    folder: Path
    driver: JobDriver
    exceptions: tuple[Exempt, ...]

    def commit(self) -> str:
        """The commit of the package's repository; with a plus sign where something of it is not committed."""
        try:
            head, names = tree.head(self.folder), tree.names_now(self.folder)
            return head if tree.files_now(names, self.folder) == tree.files_at(head, self.folder) else f"{head}+"
        except tree.NoHistory:
            return "unknown"

    def own_gate(self) -> OwnGate:
        """The gate as the package has run it last.

        Raises:
            BadPackage: it has not.
        """
        report = self.folder / REPORT
        try:
            gates = tuple(json.loads(report.read_text(encoding="utf-8"))["gates"])
        except FileNotFoundError:
            raise BadPackage(f"{report} is missing: run ci/gate first") from None
        except (ValueError, KeyError, TypeError) as error:
            raise BadPackage(f"{report} is no report of a gate: {error}") from error
        mine = tuple(gate for gate in gates if gate["driver"] == self.driver.name)
        seconds = sum(gate["seconds"] for gate in mine)
        told = tuple(problems(self.driver.name, mine, 0))
        return OwnGate(mine, report.with_name("junit.xml"), told, seconds, report)


def load(folder: Path) -> Package:
    """What the package in a folder says.

    Raises:
        BadPackage: it says too little, or something that cannot be.
    """
    file = folder / FILE
    try:
        said = _filled(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadPackage(f"{file}: {error.strerror}") from None
    except (ValueError, BadPackage) as error:
        raise BadPackage(f"{file}: {error}") from None
    if strange := set(said) - _FIELDS:
        raise BadPackage(f"{file}: it knows {sorted(_FIELDS)}, and not {sorted(strange)}")
    name, settings = said.get("driver"), said.get("settings")
    if not isinstance(name, str) or not isinstance(settings, dict):
        raise BadPackage(f"{file}: driver and settings are needed")

    @contextmanager
    def serve() -> Iterator[Backend]:
        with tempfile.TemporaryDirectory(prefix="orlop-glance-", ignore_cleanup_errors=True) as scratch:
            yield Backend(said.get("server", ""), {"orlop_settings": _options(settings, scratch)})

    # Stores without identifiers stay on files: `default_store` takes only the names of glance_store's own drivers.
    driver = JobDriver(name, made=name, entry=name, scheme="", suites=(FUNCTIONAL,), serve=serve, single=False)
    return Package(folder, driver, tuple(_exception(one, name, file) for one in said.get("exception", [])))


def _options(settings: Mapping[str, Any], scratch: str) -> dict[str, str]:
    """The settings as an option takes them: texts, of which the driver's model makes what they are."""
    return {name: str(value).replace("{folder}", scratch) for name, value in settings.items()}


def _exception(said: Mapping[str, str], driver: str, file: Path) -> Exempt:
    if set(said) != {"test", "outcome", "reason"} or not all(said.values()):
        raise BadPackage(f"{file}: an exception has test, outcome and reason; not {sorted(said)}")
    return Exempt(said["test"], FUNCTIONAL.name, (driver,), said["outcome"], said["reason"])


def _filled(value: Any) -> Any:
    """What was said, with the values of the environment where it asks for them."""
    if isinstance(value, dict):
        return {name: _filled(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one) for one in value]
    return _VARIABLE.sub(_of_environment, value) if isinstance(value, str) else value


def _of_environment(match: re.Match[str]) -> str:
    value = os.environ.get(match[1])
    if value is None:
        raise BadPackage(f"the environment has no {match[1]}")
    return value
