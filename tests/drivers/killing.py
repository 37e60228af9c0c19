"""`kill -9` at any moment of put, delete, abort, copy and clean, many times; the same for every store.

A test says how another process opens the store, and what looks at its backend:

    kill_many(Killable(reopen=partial(opened, folder), witness=FileWitness(opened(folder)), size=3 * BLOCK + 1))

After each life its image is there whole, or not at all. After each batch nothing is left once `clean` has run, what can
be read can be deleted, and an id whose put was killed can be put again. An upload of another process beside it all is
never touched.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from orlop.driver import Driver
from orlop.errors import NotFound, StoreError
from orlop.gate.content import payload
from orlop.gate.witness import Witness
from orlop.store import Store

from tests.drivers.killed import Order, encoded

REPOSITORY = Path(__file__).resolve().parents[2]
LIVES = ("put", "delete", "abort", "copy")
_LONGEST_DELAY = 0.005
"""Seconds after its moment in which a life may still go on; half of the lives end at once."""
_CLEANERS = 4
"""Lives of each batch that end while they clean."""


@dataclass(frozen=True, slots=True)
class Killable:
    """A store whose users are killed.

    `reopen` can be pickled, and opens the store in any process; `size` are the bytes of an image, best more than two
    blocks or parts. `patience` are the seconds within which what a dead process has left counts as dead and can be
    cleaned (a stale heartbeat, a watch that times out); `batch` lives end before that is waited for.
    """

    reopen: Callable[[], Driver[Any]]
    witness: Witness
    size: int
    patience: float = 30.0
    batch: int = 40
    lives: tuple[str, ...] = LIVES


class _Forker:
    """The process that forks for each life."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.drivers.killed"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            env=environment,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def tell(self, line: bytes) -> None:
        """Write a line to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def answer(self) -> Any:
        """Its next line."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the forking process has ended; its error is above"
        return json.loads(line)

    def live(self, order: Order) -> dict[str, Any]:
        """One life, from its start to its end."""
        self.tell(encoded(order))
        answer: dict[str, Any] = self.answer()
        assert "failure" not in answer, f"{order.task} failed instead of being killed: {answer['failure']}"
        return answer


@dataclass(slots=True)
class _Batch:
    """What the lives of a batch have left to be looked at."""

    present: dict[str, str] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)


class _Killing:
    def __init__(self, subject: Killable, forker: _Forker, chance: random.Random) -> None:
        self._subject = subject
        self._forker = forker
        self._chance = chance
        self._store = Store("looking", subject.reopen())
        self._numbers = iter(range(1, 1 << 30))
        self._length: dict[str, int] = {}
        self.seen: Counter[tuple[str, str]] = Counter()

    def run(self, rounds: int) -> None:
        subject = self._subject
        self._original = self._store.put("original", payload(subject.size)).location
        self._measure()
        self._own_names = subject.witness.names()
        done = 0
        while done < rounds:
            batch = _Batch()
            lives = min(subject.batch, rounds - done)
            cleaners = min(_CLEANERS, lives // 2)
            for number in range(lives - cleaners):
                self._life(subject.lives[number % len(subject.lives)], batch)
            self._clean_and_die(cleaners, batch)
            self._settle(batch)
            done += lives
        self._store.delete(self._original)

    def close(self) -> None:
        self._store.close()

    def _measure(self) -> None:
        """How many moments each kind of life has when it is left alone."""
        copied = ""
        for task in (*self._subject.lives, "clean"):
            if task == "clean":
                self._forker.live(self._order("die_writing", **self._arguments("die_writing", "measured")))
                self._wait_for_leftovers()
            answer = self._forker.live(self._order(task, **self._arguments(task, "measured", copied)))
            self._length[task] = max(1, answer["moments"])
            copied = answer["result"] or copied
            if task == "copy":
                self._store.delete(copied)

    def _arguments(self, task: str, image_id: str, location: str = "") -> dict[str, Any]:
        if task == "clean":
            return {}
        if task == "copy":
            return {"location": self._original, "image_id": image_id}
        if task == "delete":
            return {"location": location}
        return {"image_id": image_id, "size": self._subject.size, "seed": 0}

    def _order(self, task: str, *, die: bool = False, **arguments: Any) -> Order:
        moment = self._chance.randint(1, self._length[task]) if die else 0
        delay = self._chance.uniform(0.0001, _LONGEST_DELAY) if die and self._chance.random() < 0.5 else 0.0
        return Order(task, self._subject.reopen, arguments, moment, delay)

    def _life(self, task: str, batch: _Batch) -> None:
        image_id = f"{task}-{next(self._numbers)}"
        location = ""
        if task == "delete":
            location = self._store.put(image_id, payload(self._subject.size)).location
        order = self._order(task, die=True, **self._arguments(task, image_id, location))
        answer = self._forker.live(order)
        where = f"{task} {image_id}, killed at moment {order.moment} + {order.delay:.4f} s"
        found = self._whole(image_id, where)
        self.seen[task, "killed" if answer["killed"] else "survived"] += 1
        self.seen[task, "absent" if found is None else "whole"] += 1
        assert found is None or task != "abort", f"{where}: an image whose source broke is there"
        if not answer["killed"]:
            assert (found is None) == (task in {"delete", "abort"}), f"{where}: it came to its end, and did nothing"
        if found is not None:
            batch.present[image_id] = found
        elif task in {"put", "copy"}:
            batch.again.append(image_id)

    def _whole(self, image_id: str, where: str) -> str | None:
        """The image's location when it is there with all its bytes, None when it is not there."""
        end = time.monotonic() + self._subject.patience
        while (found := self._read(image_id)) is None:
            if image_id not in {stat.image_id for stat in self._store.list()}:
                return None
            # A server may still be at the last request of the dead.
            assert time.monotonic() < end, f"{where}: listed, and not found"
        location, data = found
        assert data == payload(self._subject.size), f"{where}: {len(data)} bytes are visible, and not the image's"
        return location

    def _read(self, image_id: str) -> tuple[str, bytes] | None:
        try:
            location = self._store.locate(image_id)
            with self._store.open(location) as reader:
                return location, reader.read()
        except NotFound:
            return None

    def _clean_and_die(self, cleaners: int, batch: _Batch) -> None:
        for _ in range(cleaners):
            image_id = f"clean-{next(self._numbers)}"
            order = self._order("die_writing", **self._arguments("die_writing", image_id))
            assert self._forker.live(order)["killed"]
            batch.again.append(image_id)
        self._wait_for_leftovers()
        for _ in range(cleaners):
            answer = self._forker.live(self._order("clean", die=True))
            self.seen["clean", "killed" if answer["killed"] else "survived"] += 1

    def _wait_for_leftovers(self) -> None:
        """Until something counts as dead; a driver of which nothing stays has nothing to wait for."""
        end = time.monotonic() + self._subject.patience
        while self._subject.witness.names() - self._kept() and time.monotonic() < end:
            if list(self._store.leftovers()):
                return
            time.sleep(0.1)

    def _kept(self) -> set[str]:
        return getattr(self, "_own_names", set())

    def _settle(self, batch: _Batch) -> None:
        """All is deleted and cleaned, what was killed can be put again, and then nothing is left."""
        self._emptied(batch.present)
        present = {}
        for image_id in batch.again:
            present[image_id] = self._store.put(image_id, payload(self._subject.size)).location
            self._whole(image_id, f"{image_id}, put again")
        self._emptied(present)
        assert self._whole("original", "the image that was copied") == self._original

    def _emptied(self, images: dict[str, str]) -> None:
        end = time.monotonic() + self._subject.patience
        while True:
            left = self._tidied(images)
            if not left:
                return
            assert time.monotonic() < end, f"left after 'clean': {left}"
            time.sleep(0.1)

    def _tidied(self, images: dict[str, str]) -> object:
        """What is left after one more try, or what went wrong with it."""
        try:
            for image_id, location in list(images.items()):
                with suppress(NotFound):
                    self._store.delete(location)
                del images[image_id]
            for leftover in self._store.leftovers():
                self._store.clean(leftover)
        except StoreError as error:  # still in use by the dead, for a while
            return error
        return sorted(self._subject.witness.names() - self._own_names)


@contextmanager
def _bystander(subject: Killable) -> Iterator[None]:
    """An upload that another process has begun, and ends afterwards."""
    with _Forker() as living:
        arguments = {"image_id": "bystander", "size": subject.size, "seed": 1}
        living.tell(encoded(Order("stand_by", subject.reopen, arguments)))
        assert living.answer() == "half"
        yield
        living.tell(b"go on\n")
        location = living.answer()
        store = Store("looking", subject.reopen())
        with store.open(location) as reader:
            assert reader.read() == payload(subject.size, 1), "the upload beside the killed ones has suffered"
        store.delete(location)
        store.close()


def kill_many(subject: Killable, *, rounds: int = 200, seed: int = 11) -> Counter[tuple[str, str]]:
    """Kill `rounds` lives; how often each kind was killed or survived, and left its image whole or absent."""
    before = subject.witness.names()
    with _bystander(subject), _Forker() as forker:
        killing = _Killing(subject, forker, random.Random(seed))
        killing.run(rounds)
        killing.close()
    assert subject.witness.names() == before
    for task in (*subject.lives, "clean"):
        assert killing.seen[task, "killed"], f"no {task} was killed"
    return killing.seen
