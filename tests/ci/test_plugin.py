"""The plugin in a Python process: it comes by PYTHONPATH alone, does what is ordered, and nothing without an order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ci.plugin.glance_run.order import VARIABLE, Order
from ci.plugin.glance_run.resolving import NOWHERE, address
from ci.stestr import PLUGIN

ROOT = Path(__file__).parents[2]
LIBRARY = """
from tests.ci.fake_library import Conf, Library
made = Library(Conf({"store": "file"}))
vars().update(vars(made))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "glance_store.py").write_text(LIBRARY)
    return tmp_path


def python(folder: Path, program: str, order: Order | None = None) -> str:
    path = os.pathsep.join([str(PLUGIN), str(folder), str(ROOT)])
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE} | {"PYTHONPATH": path}
    if order is not None:
        environment[VARIABLE] = order.to_text()
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


MAKE = """
import glance_store
glance_store.register_store_opts(glance_store.conf)
glance_store.create_multi_stores()
print(glance_store.made)
"""


def test_the_swap_and_the_note(folder: Path) -> None:
    notes = folder / "notes"
    assert python(folder, MAKE, Order(str(notes), driver="swift", scheme="swift")) == "[{'store': 'swift'}]\n"
    assert json.loads(notes.read_text())["drivers"] == ["swift"]


def test_processes_of_the_process_have_it_too(folder: Path) -> None:
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {MAKE!r}], check=True)"
    order = Order(str(folder / "notes"), driver="swift", scheme="swift")
    assert python(folder, program, order) == "[{'store': 'swift'}]\n"


def test_without_a_driver_nothing_is_swapped(folder: Path) -> None:
    assert python(folder, MAKE, Order(str(folder / "notes"))) == "[{'store': 'file'}]\n"
    assert json.loads((folder / "notes").read_text())["drivers"] == ["file"]


def test_without_an_order_nothing_is_done(folder: Path) -> None:
    program = MAKE + "import socket, sys; print(socket.getaddrinfo.__module__, 'glance_run.noting' in sys.modules)"
    assert python(folder, program) == "[{'store': 'file'}]\nsocket False\n"


RESOLVE = """
import socket
for name in ("localhost.", "example.com", "storeurl.com."):
    print(socket.getaddrinfo(name, 80, socket.AF_INET, socket.SOCK_STREAM)[0][4])
with socket.socket() as there:
    there.settimeout(20)
    for connect in (there.connect, there.connect_ex):
        try:
            print(connect(("192.0.2.1", 80)))
        except ConnectionRefusedError as error:
            print(error)
"""


def test_names_are_resolved_and_never_reached(folder: Path) -> None:
    assert python(folder, RESOLVE, Order(str(folder / "notes"))).splitlines() == [
        "('127.0.0.1', 80)",
        "('192.0.2.1', 80)",
        "('192.0.2.1', 80)",
        "[Errno 111] no test reaches 192.0.2.1",
        "111",
    ]


@pytest.mark.parametrize(
    ("host", "meant"),
    [
        (b"example.com.", NOWHERE),
        ("glance.example.com", "glance.example.com"),
        ("localhost", "localhost"),
        (None, None),
    ],
)
def test_other_names_are_left_alone(host: str | bytes | None, meant: str | None) -> None:
    assert address(host) == meant


def test_an_order_travels() -> None:
    order = Order("n", driver="s3", scheme="s3+https", options={"a": 1, "b": True}, stand_ins=("x", "y"))
    assert Order.from_text(order.to_text()) == order
