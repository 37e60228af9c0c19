"""`import orlop` costs next to nothing, and what it offers is all there."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import subprocess
import sys

import orlop
from orlop import errors, records

from tests.architecture.modules import modules

HEAVY = {"pydantic", "stamina", "platformdirs", "typer", "rich", "click", "urllib3", "boto3", "botocore", "pytest"}


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after `statement`."""
    program = f"{statement}; import json, sys; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(answer.stdout))


def test_importing_orlop_loads_nothing_of_others_and_nothing_else_of_orlop() -> None:
    loaded = loaded_by("import orlop")
    assert not loaded & HEAVY
    assert {name for name in loaded if name.startswith("orlop.")} == set()


def test_a_store_loads_its_own_driver_and_no_other() -> None:
    loaded = loaded_by("import orlop; orlop.Stores.default().default_store")
    assert {name for name in loaded if name.startswith("orlop.drivers.") and name.endswith(".driver")} == {
        "orlop.drivers.file.driver"
    }
    assert not loaded & {"urllib3", "boto3", "botocore", "typer", "rich", "pytest"}


def test_every_public_name_is_there_and_explained() -> None:
    for name in orlop.__all__:
        value = getattr(orlop, name)
        assert inspect.getdoc(value), f"orlop.{name} has no docstring"
    assert sorted(orlop.__all__) == sorted(set(orlop.__all__))
    assert dir(orlop) == sorted(orlop.__all__)


def test_type_checkers_see_the_same_names_as_the_interpreter() -> None:
    tree = next(module.tree for module in modules() if module.name == "orlop")
    seen = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.startswith("orlop.")
        for alias in node.names
    }
    assert seen == set(orlop.__all__)


def test_every_error_and_every_record_is_public() -> None:
    classes = [value for _, value in inspect.getmembers(errors, inspect.isclass)]
    raised = {value.__name__ for value in classes if value.__module__ == errors.__name__}
    kept = {name for name, value in vars(records).items() if dataclasses.is_dataclass(value)}
    assert raised | kept <= set(orlop.__all__)
