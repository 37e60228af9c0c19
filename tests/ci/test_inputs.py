"""The inputs of the jobs: everything that one imports is among them, and what belongs to others is not."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from orlop.lifecycle.carried import RESULT

from ci import drivers, imports, inputs, own_gate, tree
from ci.drivers import DRIVERS, JobDriver
from ci.environments import ROOT
from tests.ci.repository import write

_LOADED = """
import json, sys, pytest
from importlib.metadata import entry_points
name, entries, *modules = sys.argv[1:]
assert pytest.main(["-q", "--collect-only", "-p", "no:cacheprovider", *modules]) == 0
for group in ("orlop.drivers", "orlop.witnesses", "glance_store.drivers"):
    for point in entry_points(group=group):
        if point.name in (entries.split() if group == "glance_store.drivers" else [name]):
            point.load()
import ci.job, ci.result, orlop.gate.child
if entries:
    import glance_store, glance_store.backend, glance_store.multi_backend
files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
print(json.dumps(sorted(filter(None, files))))
"""


@pytest.fixture(scope="module")
def known() -> list[str]:
    return tree.names_now()


@pytest.mark.slow
@pytest.mark.parametrize("driver", DRIVERS.values(), ids=lambda driver: driver.name)
def test_everything_that_a_job_imports_is_among_its_inputs(driver: JobDriver, known: list[str]) -> None:
    entries = f"{driver.entry or driver.made} file http" if driver.suites else ""
    command = [sys.executable, "-c", _LOADED, driver.name, entries, *map(str, own_gate.modules(driver.name))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    loaded = {Path(name) for name in json.loads(done.stdout.splitlines()[-1])}
    ours = {str(path.relative_to(ROOT)) for path in loaded if path.is_relative_to(ROOT)} & set(known)
    assert len(ours) > 50
    # The job's list of drivers imports the servers of all of them; only its own are its inputs.
    others = {name for name in ours if name.startswith("servers/")}
    assert ours - others - set(inputs.files_of(driver, known)) == set()


def test_the_servers_of_a_driver_are_among_its_inputs(known: list[str]) -> None:
    web = set(inputs.files_of(DRIVERS["http"], known))
    assert {"servers/fault_origin/origin.py", "servers/pki.py", "servers/process.py"} <= web
    assert {"packages/orlop/src/orlop/drivers/http/driver.toml", ".ci/install", "ci/baseline.json"} <= web
    assert {"ci/plugin/sitecustomize.py", "packages/orlop/src/orlop/gate/html/style.css"} <= web
    assert not any(name.startswith("servers/filesystems/") for name in web)


def test_what_belongs_to_others_is_not(known: list[str]) -> None:
    found = inputs.files_of(DRIVERS["memory"], known)
    parts = ("orlop/drivers/file/", "orlop/drivers/http/", "orlop/cli/", "src/glance_store/", "docs/", "bench/")
    assert [name for name in found if any(part in name for part in parts) or name.endswith((RESULT, ".md"))] == []


def test_the_file_driver_is_an_input_of_every_job_with_glance(known: list[str]) -> None:
    glance = JobDriver("swift", made="swift", entry="swift")
    assert "packages/orlop/src/orlop/drivers/file/upload.py" in inputs.files_of(glance, known)
    assert "packages/glance-store/src/glance_store/_drivers/swift.py" in inputs.files_of(glance, known)


def test_more_inputs_can_be_named(known: list[str]) -> None:
    found = inputs.files_of(JobDriver("memory", made="memory", suites=(), inputs=("servers/keystone",)), known)
    assert "servers/keystone/server.py" in found


def serve_elsewhere() -> Iterator[None]:
    """In a module of its own."""
    yield


def test_of_the_jobs_list_only_the_own_server_is_followed(monkeypatch: pytest.MonkeyPatch, known: list[str]) -> None:
    # Such a function stands in ci/drivers.py; a name of a server's is among its module's names.
    program = """
from contextlib import contextmanager
from servers.keystone import Keystone
from servers.nginx import Nginx
@contextmanager
def serve():
    with _both() as backend:
        yield backend
@contextmanager
def _both():
    with Nginx():
        yield None
"""
    space: dict[str, Any] = {"__name__": drivers.__name__}
    exec(program, space)
    monkeypatch.setattr(inspect, "getsource", lambda _: "def serve():\n    from servers import manage\n")
    for serve in (space["serve"], partial(space["serve"])):
        modules = set(inputs._used_by(serve))
        assert "servers.manage" in modules
        assert any(name.startswith("servers.nginx") for name in modules)
        assert not any(name.startswith("servers.keystone") for name in modules)
    assert list(inputs._used_by(contextmanager(serve_elsewhere))) == [__name__]


def test_imports_are_followed_wherever_they_stand(tmp_path: Path) -> None:
    write(
        tmp_path,
        tests__a="def f():\n    from servers.x import y\nrun('-m', 'servers.program')\n",
        tests__conftest="import ci.closed",
        ci__closed="import ci.never",
        ci__never="",
        servers__x__y="'servers.z is only spoken of'",
        **{"servers/x/__init__.py": ""},
        servers__program="",
        servers__z="",
    )
    (tmp_path / "servers/x/x.conf").write_text("")
    known = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()]
    found = imports.needed(["tests/a.py"], known, root=tmp_path, closed={"ci/closed.py"})
    assert sorted(found) == [
        "ci/closed.py",
        "servers/program.py",
        "servers/x/__init__.py",
        "servers/x/x.conf",
        "servers/x/y.py",
        "tests/a.py",
        "tests/conftest.py",
    ]


def test_a_change_of_an_input_changes_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = inputs.inputs_of(DRIVERS["memory"])
    files = tree.files_now
    monkeypatch.setattr(tree, "files_now", lambda names: files(names) | {"packages/orlop/src/orlop/putting.py": "x"})
    after = inputs.inputs_of(DRIVERS["memory"])
    assert before.files == after.files
    assert before.digest != after.digest
