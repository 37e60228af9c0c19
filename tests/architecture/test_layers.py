"""Imports go downwards only, and nothing imports what it has no business with.

`LAYERS` is the map of the core, highest first: a module imports from layers below its own, never from its own or a
higher one. A new module of the core needs a place in it.
"""

from __future__ import annotations

import pytest

from tests.architecture.modules import Module, foreign, modules, ours

LAYERS = (
    {"stores"},
    {"store", "skeleton.making"},
    {"putting", "skeleton.naming"},
    {"transfer", "reading", "calls", "configuration"},
    {"lanes", "listing", "readahead", "registry"},
    {"driver"},
    {"availability", "crew", "retrying", "translation", "digests", "source", "complaints", "settings"},
    {"lifecycle.enforcement"},
    {"lifecycle.admission", "lifecycle.policy", "lifecycle.proofs"},
    {"lifecycle.carried", "lifecycle.findings", "lifecycle.terms"},
    {"lifecycle.rules"},
    {"lifecycle.record"},
    {"lifecycle.calendar", "lifecycle.evidence", "lifecycle.status", "lifecycle.tombstones", "lifecycle"},
    {"records"},
    {"errors", "events", "opened", "ration"},
    {"cancellation", "capabilities", "location", "holes", "skeleton"},
    {"support.redacted_errors"},
    {"support.connection_errors", "support.redact"},
    {"support.secret_forms"},
)
SEAM = {
    f"orlop.{name}"
    for name in ("cancellation", "driver", "settings", "records", "errors", "capabilities", "location", "holes")
}
"""What a driver may import of us, beside `orlop.support`."""
CORE_NEEDS = {"platformdirs", "pydantic", "stamina"}
FOREIGN = {
    "orlop.cli": {"click", "pydantic_core", "rich", "typer"} | CORE_NEEDS,
    "orlop.lifecycle": {"pydantic_core"} | CORE_NEEDS,
    "orlop.gate": {"hypothesis", "pytest", "_pytest"} | CORE_NEEDS,
    "orlop.drivers.file": {"pydantic"},
    "orlop.drivers.http": {"pydantic", "urllib3"},
    "orlop.drivers.memory": {"pydantic"},
    "orlop.drivers.s3": {"botocore", "pydantic", "urllib3"},
    "orlop.drivers.swift": {"keystoneauth1", "openstack", "pydantic", "requests", "urllib3"},
    "orlop.support.http_answers": {"urllib3"},
    "orlop.support.http_connections": {"urllib3"},
    "orlop.drivers.rbd": {"pydantic"},  # rados and rbd are imported when a store is opened
}
"""Packages of others, by the only place that may import them."""

_HEIGHT = {f"orlop.{name}": -height for height, layer in enumerate(LAYERS) for name in layer}
_CORE = [
    module
    for module in modules()
    if module.name != "orlop"
    and not any(module.within(f"orlop.{place}") for place in ("cli", "gate", "drivers", "support"))
]
_SUPPORT = [module for module in modules() if module.within("orlop.support")]
_DRIVERS = [module for module in modules() if module.name.count(".") > 1 and module.within("orlop.drivers")]


def drivers_known_to(place: str) -> set[str]:
    """The modules of drivers that are imported in `place`."""
    inside = [module for module in modules() if module.within(place)]
    return {name for module in inside for name in ours(module) if name.startswith("orlop.drivers.")}


@pytest.mark.parametrize("module", _CORE, ids=str)
def test_the_core_imports_downwards_only(module: Module) -> None:
    assert module.name in _HEIGHT, f"{module.name} has no place in LAYERS"
    upwards = [name for name in ours(module) if _HEIGHT.get(name, 1) >= _HEIGHT[module.name]]
    assert upwards == [], f"{module.name} is not above these"


def test_the_map_names_no_module_that_is_gone() -> None:
    assert set(_HEIGHT) <= {module.name for module in modules()}


@pytest.mark.parametrize("module", _DRIVERS, ids=str)
def test_a_driver_imports_the_seam_what_drivers_share_and_itself(module: Module) -> None:
    own = ".".join(module.name.split(".")[:3])
    allowed = SEAM | {shared.name for shared in _SUPPORT}
    assert [name for name in ours(module) if name not in allowed and not name.startswith(own)] == []


@pytest.mark.parametrize("module", _SUPPORT, ids=str)
def test_what_drivers_share_imports_the_seam_and_itself(module: Module) -> None:
    assert [name for name in ours(module) if name not in SEAM and not name.startswith("orlop.support")] == []


def test_the_command_line_knows_no_single_driver() -> None:
    assert drivers_known_to("orlop.cli") == set()


def test_the_gate_knows_the_memory_driver_and_each_witness_its_own() -> None:
    assert {
        name for name in drivers_known_to("orlop.gate.cases") if not name.startswith("orlop.drivers.memory.")
    } == set()
    for module in modules():
        if module.within("orlop.gate.witnesses"):
            own = module.name.replace("orlop.gate.witnesses", "orlop.drivers")
            assert [
                name for name in ours(module) if name.startswith("orlop.drivers.") and not name.startswith(own)
            ] == []
    apart = (
        drivers_known_to("orlop.gate") - drivers_known_to("orlop.gate.cases") - drivers_known_to("orlop.gate.witnesses")
    )
    assert apart == set()


def test_the_gate_works_without_the_command_line() -> None:
    gate = [module for module in modules() if module.within("orlop.gate")]
    assert [module.name for module in gate if any(name.startswith("orlop.cli") for name in ours(module))] == []


@pytest.mark.parametrize("module", modules(), ids=str)
def test_packages_of_others_stay_where_they_belong(module: Module) -> None:
    allowed = next((needs for place, needs in FOREIGN.items() if module.within(place)), CORE_NEEDS)
    assert [name for name in foreign(module) if name not in allowed] == []


@pytest.mark.parametrize("module", modules(), ids=str)
def test_nothing_of_openstack(module: Module) -> None:
    tops = {name.partition(".")[0] for name in module.imports}
    assert not [name for name in tops if name in {"glance", "glance_store"} or name.startswith("oslo")]
