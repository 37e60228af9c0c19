"""The stores of a configuration, and those of a URI."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import orlop
import pytest
from orlop import InvalidLocation, InvalidSettings, NotFound, Stat, Store, Stores, Unavailable, open_store, registry


def stores_in(tmp_path: Path, text: str) -> Stores:
    path = tmp_path / "orlop.toml"
    path.write_text(text)
    return Stores.from_file(path)


TWO = """
default_store = "one"
[stores.one]
driver = "file"
path = "{0}/one"
[stores.two]
driver = "file"
path = "{0}/two"
weight = 5
[stores.mem]
driver = "memory"
[stores.broken]
driver = "file"
"""


def test_stores_by_name(tmp_path: Path) -> None:
    with stores_in(tmp_path, TWO.format(tmp_path)) as stores:
        assert set(stores) == {"one", "two", "mem", "broken"}
        assert len(stores) == 4
        assert stores.default_store is stores["one"]
        assert "broken" in stores
        assert "nobody" not in stores
        with pytest.raises(InvalidSettings, match=r"stores\.broken"):
            stores["broken"]
        with pytest.raises(KeyError):
            stores["nobody"]


def test_the_owner_of_a_location(tmp_path: Path) -> None:
    stores = stores_in(tmp_path, TWO.format(tmp_path))
    location = stores["two"].put("a", b"x").location
    assert stores.owner(location) is stores["two"]
    with pytest.raises(NotFound):
        stores.owner(f"file://{tmp_path}/one/nobody")
    with pytest.raises(InvalidLocation, match="not directly in one"):
        stores.owner("file:///etc/passwd")
    with pytest.raises(InvalidLocation, match="no configured store"):
        stores.owner("rbd://fsid/pool/image/snap")


def test_a_store_that_fails_does_not_hide_the_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stores = stores_in(tmp_path, TWO.format(tmp_path))
    location = stores["one"].put("a", b"x").location
    asked = Store.stat

    def away(store: Store, location: str) -> Stat:
        if store.name == "two":
            raise Unavailable("it is away", store="two")
        return asked(store, location)

    monkeypatch.setattr(Store, "stat", away)
    assert stores.owner(location) is stores["one"]
    with pytest.raises(Unavailable, match="it is away"):
        stores.owner(f"file://{tmp_path}/two/a")


def test_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("ORLOP_CONFIG", raising=False)
    with Stores.default() as stores:
        receipt = stores.default_store.put("a", b"x")
    assert receipt.location == f"file://{tmp_path}/data/orlop/images/a"


@pytest.mark.parametrize(
    ("uri", "kind", "words"),
    [
        ("nfs://x", InvalidLocation, "no installed driver"),
        ("", InvalidLocation, "no installed driver"),
        ("memory://x", InvalidLocation, "nothing more"),
        ("file://host/x", InvalidLocation, "file:///DIRECTORY"),
        ("file:///a/../b", InvalidSettings, "without '..'"),
        ("file:///a?x=1", InvalidLocation, "file:///DIRECTORY"),
    ],
)
def test_uris_that_are_no_stores(uri: str, kind: Any, words: str) -> None:
    with pytest.raises(kind, match=words):
        open_store(uri)


def entry_point(name: str, value: str) -> dict[str, EntryPoint]:
    return {name: EntryPoint(name, value, registry.GROUP)}


def test_a_driver_without_its_sdk_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_found", lambda: entry_point("rbd", "no_such_module_here:Driver"))
    with pytest.raises(
        InvalidSettings, match=r"needs the Python module 'no_such_module_here': pip install 'orlop\[rbd\]'"
    ):
        registry.driver_type("rbd")
    assert registry.driver_type_of_scheme("rbd") is None


def test_an_entry_point_that_is_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_found", lambda: entry_point("odd", "json:dumps"))
    with pytest.raises(InvalidSettings, match="which is no Driver"):
        registry.driver_type("odd")


def test_public_names() -> None:
    assert sorted(orlop.__all__) == orlop.__all__
    for name in orlop.__all__:
        assert getattr(orlop, name) is not None
    assert dir(orlop) == orlop.__all__
    with pytest.raises(AttributeError, match="nonsense"):
        _ = orlop.nonsense


def test_importing_orlop_loads_nothing_heavy() -> None:
    code = (
        "import sys, orlop; print([m for m in ('pydantic', 'stamina', 'urllib3', 'typer', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
