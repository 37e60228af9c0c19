"""`kill -9` at seeded moments of every kind of life, beside an upload that lives: see tests/drivers/killing.py."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest
from orlop.drivers.rbd import creations
from orlop.drivers.rbd.driver import RbdDriver
from orlop.drivers.rbd.settings import RbdSettings
from orlop.gate.witnesses.rbd import RbdWitness

from servers.ceph import Ceph
from tests.drivers.killing import Killable, kill_many
from tests.drivers.rbd.stores import USER

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(900)]

BLOCK = 64 * 1024
ROUNDS = 200 if os.environ.get("ORLOP_THOROUGH") == "1" else 24


def opened(conf: Path) -> RbdDriver:
    return RbdDriver(RbdSettings(conf=conf, user=USER, block_size=BLOCK, object_size=BLOCK))


def test_killed_at_any_moment(ceph: Ceph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creations, "PATIENCE", 5.0)
    reopen = partial(opened, ceph.conf)
    # A killed client counts as a watcher for as long as the cluster's OSDs say, ten seconds here.
    subject = Killable(reopen=reopen, witness=RbdWitness(reopen()), size=3 * BLOCK + 1, patience=120.0, batch=24)
    seen = kill_many(subject, rounds=ROUNDS)
    assert sum(seen[task, "killed"] for task in ("put", "delete", "abort", "copy", "clean")) >= ROUNDS // 2
