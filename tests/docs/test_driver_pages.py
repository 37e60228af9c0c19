"""The pages of the drivers, the matrix and the maintainers: from what the drivers carry, complete."""

from __future__ import annotations

import json
from importlib.metadata import entry_points
from typing import Any

import pytest
from orlop.cli.schema import keys
from orlop.lifecycle.carried import GROUP, record_of
from orlop.lifecycle.record import Record
from orlop.registry import driver_type
from orlop.settings import StoreSettings

from docs import driver_page, drivers_page, matrix_page, proofs

OURS = sorted(one.name for one in entry_points(group=GROUP) if one.dist is not None and one.dist.name == "orlop")


def gate(
    server: str | None, claimed: list[str], lost: list[str], proved: list[str], driver: str = "memory"
) -> dict[str, Any]:
    known = {"claimed": claimed, "lost": lost, "proved": proved}
    cases = {"passed": ["a", "b"], "refused": ["c"]}
    return {"class": "m:TestIt", "driver": driver, "server": server, "capabilities": known, "cases": cases}


PROOF = {
    "driver": "memory",
    "date": "2026-11-20T12:00:00+00:00",
    "commit": "c0ffee",
    "seconds": 61.0,
    "versions": {"orlop": "0.1.0", "servers": ["ceph 18"]},
    "own_gate": {
        "gates": [
            gate("ceph 18", ["LIST", "COPY", "SPARSE"], ["COPY"], ["LIST", "SPARSE"]),
            gate("ceph 18", ["LIST", "COPY", "SPARSE"], ["SPARSE"], ["LIST", "COPY"]),
            gate("ceph 19", ["LIST", "COPY"], ["COPY"], ["LIST"]),
            gate("another", ["ACL"], [], ["ACL"], driver="file"),
        ]
    },
    "glance": [{"suite": "functional", "totals": {"passed": 557, "failed": 0, "skipped": 26}}],
}


def record() -> Record:
    found = record_of("memory")
    assert found is not None
    return found


def page(monkeypatch: pytest.MonkeyPatch, proof: dict[str, Any] | None) -> str:
    monkeypatch.setattr(driver_page, "proof_of", lambda _: proof)
    return "\n".join(driver_page.lines("memory", driver_type("memory"), record()))


def test_what_is_proved_on_which_server(monkeypatch: pytest.MonkeyPatch) -> None:
    text = page(monkeypatch, PROOF)
    assert "| capability | claimed of | ceph 18 | ceph 19 |" in text
    assert "| `LIST` | every store | proved | proved |" in text
    assert "| `COPY` | no | proved | not there |" in text
    assert "| `ACL` | no | refused | refused |" in text
    assert "of commit `c0ffee`, in 61 seconds, with orlop 0.1.0." in text
    assert "| gate `TestIt` | ceph 19 | 2 passed, 1 refused |" in text
    assert "| Glance's functional tests | - | 557 passed, 26 skipped |" in text


def test_a_driver_without_a_result_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    text = page(monkeypatch, None)
    assert "| capability | claimed of |\n" in text
    assert "None is kept yet: `make gate DRIVER=memory KEEP=1`." in text


def test_the_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix_page, "proof_of", {"memory": PROOF, "http": None}.get)
    head, _, *rows = [line for line in matrix_page.lines(["memory", "http"]) if line.startswith("|")]
    assert head == "|  | [memory](drivers/memory.md) | [http](drivers/http.md) |"
    assert rows[:2] == [
        "| green on | [2026-11-20](drivers/memory.md#last-green-gate) | no result is kept |",
        "| servers | ceph 18<br>ceph 19 | - |",
    ]
    cells = dict(row.strip("| ").split(" | ")[:2] for row in rows[2:])
    assert (cells["`LIST`"], cells["`ACL`"]) == ("proved", "refused")
    assert cells["`COPY`"] == "proved: ceph 18<br>not there: ceph 19"
    assert list(cells) == [f"`{name}`" for name in proofs.NAMES]


def test_a_driver_that_nobody_keeps_is_among_the_maintainers(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = record().model_copy(update={"maintainers": ()})
    monkeypatch.setattr(drivers_page, "record_of", lambda _: nobody)
    assert drivers_page.keepers(["memory"]) == [("[memory](drivers/memory.md)", "nobody", "-")]


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_on_the_drivers_page_with_its_meaning(name: str) -> None:
    model = driver_type(name).settings_type
    rows = list(driver_page.settings(model))
    for key in keys(model):
        if key.name not in StoreSettings.model_fields:
            (row,) = (row for row in rows if row.startswith(f"| `{key.name}` |"))
            assert key.meaning, f"{key.name} has no help"
            assert row.endswith(" |")


@pytest.mark.parametrize("name", OURS)
def test_a_number_that_speaks_of_seconds_or_bytes_has_its_unit(name: str) -> None:
    for key in keys(driver_type(name).settings_type):
        first = key.meaning.partition(".")[0].lower()
        if (
            "number" in key.type
            and not key.type.startswith(("list", "table"))
            and ("seconds" in first or "bytes" in first)
        ):
            assert driver_page.unit_of(key), f"{key.name}: its help begins with Seconds or Bytes"


def test_what_a_driver_carries_is_read() -> None:
    for name in OURS:
        proof = proofs.proof_of(name)
        assert proof is None or (proof["driver"], bool(json.dumps(proofs.by_server(proof)))) == (name, True)
