"""`kill -9` at any moment of put, delete, abort, copy and clean, on real servers: by turns, and by their condition."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Self

import pytest
from orlop.drivers.s3.driver import S3Driver
from orlop.drivers.s3.settings import S3Settings
from orlop.gate.witnesses.s3 import S3Witness
from orlop.store import Store

from servers.juicefs import JuiceFS
from servers.moto import Moto
from tests.drivers.killing import Killable, kill_many
from tests.drivers.s3.conftest import SMALL, settings_for

pytestmark = [pytest.mark.server, pytest.mark.slow]

_THOROUGH = os.environ.get("ORLOP_THOROUGH") == "1"
_ROUNDS = [(Moto, 200), (JuiceFS, 200)] if _THOROUGH else [(Moto, 40), (JuiceFS, 40)]
_SOON = 6.0
"""Seconds after which an upload counts as abandoned; the living one sends a part more often than that."""


class Living:
    """An upload that gets a part now and then, as long as the others are killed."""

    def __init__(self, settings: S3Settings) -> None:
        self._store = Store("living", S3Driver(settings))
        self._end = threading.Event()
        self._sent = hashlib.sha256()
        self._pool = ThreadPoolExecutor(1)

    def __enter__(self) -> Self:
        self._put = self._pool.submit(self._store.put, "living", self._source())
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        with self._pool, self._store as store:
            location = self._put.result().location
            with store.open(location) as reader:
                assert hashlib.sha256(reader.read()).digest() == self._sent.digest(), "the living upload has suffered"
            store.delete(location)

    def _source(self) -> Iterator[bytes]:
        for number in count():
            piece = number.to_bytes(4, "big") * (SMALL // 4)
            self._sent.update(piece)
            yield piece
            if self._end.wait(0.5):
                return


def opened(settings: S3Settings) -> S3Driver:
    return S3Driver(settings)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("server", "rounds"), _ROUNDS, ids=["moto", "juicefs"])
def test_killed_at_any_moment(server: type[Moto | JuiceFS], rounds: int) -> None:
    with Moto(least_part=SMALL) if server is Moto else JuiceFS() as started:
        settings = settings_for(started.account, part=SMALL, bucket="killed", abandoned_after=_SOON)
        reopen = partial(opened, settings)
        reopen().upload("begun", None).abort()  # the bucket
        subject = Killable(reopen, S3Witness(reopen()), size=2 * SMALL + 1, patience=30.0)
        with Living(settings):
            while not subject.witness.names():
                time.sleep(0.05)
            seen = kill_many(subject, rounds=rounds, seed=rounds)
        assert subject.witness.names() == set()
    if _THOROUGH:  # so many lives end before and after the moment that counts
        assert all(seen[task, "whole"] and seen[task, "absent"] for task in ("put", "delete"))
