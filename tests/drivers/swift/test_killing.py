"""`kill -9` at any moment: an image is whole or absent, and `clean` finds everything else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

import pytest
from orlop.drivers.swift.driver import SwiftDriver
from orlop.drivers.swift.settings import SwiftSettings

from servers.keystone import Account
from servers.swift import Swift
from tests.drivers.killing import Killable, kill_many
from tests.drivers.swift.stores import MIB, Place, place

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def here(swift: Swift, operator: Account) -> Iterator[Place]:
    # As short as the whole seconds of the clock in answers allow, with heartbeats that are in time on a busy machine.
    with place(swift, operator, leftover_seconds=10.0, read_timeout=30.0) as made:
        yield made


def reopen(settings: SwiftSettings) -> SwiftDriver:
    return SwiftDriver(settings)


ROUNDS = 200 if os.environ.get("ORLOP_THOROUGH") == "1" else 24


@pytest.mark.timeout(3600 if ROUNDS == 200 else 1200)
def test_killed_at_any_moment(here: Place) -> None:
    subject = Killable(
        reopen=partial(reopen, here.settings()), witness=here.witness, size=2 * MIB + 3, patience=120.0, batch=100
    )
    kill_many(subject, rounds=ROUNDS)
    assert here.left() == set()
