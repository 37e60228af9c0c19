"""What the servers need is installed first, and what cannot be had is told once."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

import pytest

import servers
from servers import install
from servers.missing import Missing
from servers.venvs import uv_environment


def test_what_cannot_be_had_is_told_once_for_each_cause() -> None:
    asked: list[str] = []

    def no_root(*packages: str) -> None:
        asked.extend(packages)
        raise Missing(f"needs {packages[0]}: as root, apt-get install {packages[0]}")

    def no_network(name: str, requirements: Sequence[str]) -> None:
        asked.append(name)
        raise Missing(f"no network for {name}")

    first, second = install.install(no_root, no_network)
    assert first.startswith("not to be had here: nginx, file systems, FUSE, ")
    assert first.count("apt-get install") == 1
    assert second.count("no network") == 1
    assert {"memcached", "ceph-osd", "keystone", "moto"} <= set(asked)


def test_one_thing_that_is_missing_hides_no_other() -> None:
    def only_ceph_is_missing(*packages: str) -> None:
        if "ceph-osd" in packages:
            raise Missing("no Ceph for this architecture")

    assert install.install(only_ceph_is_missing, lambda *_: None) == [
        "not to be had here: Ceph: no Ceph for this architecture"
    ]


@pytest.mark.parametrize(("skips_fail", "code"), [("1", 1), ("0", 0)])
def test_where_no_skip_is_allowed_it_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], skips_fail: str, code: int
) -> None:
    monkeypatch.setenv("ORLOP_SKIPS_FAIL", skips_fail)
    monkeypatch.setattr(install, "install", lambda: ["not to be had here: x"])
    monkeypatch.setattr(install, "link_modules", lambda: True)
    assert install.main() == code
    assert capsys.readouterr().err == "not to be had here: x\n"


def test_every_server_is_among_them() -> None:
    names = [one.name for one in pkgutil.walk_packages(servers.__path__, "servers.") if "example" not in one.name]
    elsewhere = ("operations", "passthrough", "moto.launch")  # what these import is in another environment
    modules = [importlib.import_module(name) for name in names if not name.endswith(elsewhere)]
    for attribute, table in (("PACKAGES", install.PACKAGES), ("REQUIREMENTS", install.REQUIREMENTS)):
        installed = {word for words in table.values() for word in words}
        for module in modules:
            wanted = getattr(module, attribute, ()) if module is not install else ()
            words = wanted.values() if isinstance(wanted, dict) else wanted
            assert set(words) <= installed, f"{module.__name__}.{attribute}"


def test_uv_trusts_the_authorities_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_SYSTEM_CERTS", raising=False)
    assert uv_environment()["UV_SYSTEM_CERTS"] == "true"
    monkeypatch.setenv("UV_SYSTEM_CERTS", "false")
    assert uv_environment()["UV_SYSTEM_CERTS"] == "false"  # what the user says counts
