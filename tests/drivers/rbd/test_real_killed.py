"""`kill -9` at every step of every call that changes something: an image is there whole or not at all, and nothing stays."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from orlop.drivers.rbd import creations
from orlop.errors import NotFound
from orlop.gate.witnesses.rbd import RbdWitness

from servers.ceph import Ceph
from tests.drivers.rbd.life import DATA
from tests.drivers.rbd.stores import driver_in, store_in

pytestmark = [pytest.mark.server, pytest.mark.slow]


class Lives:
    """Processes that are killed while they change a store; and what they have left there."""

    def __init__(self, ceph: Ceph, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> None:
        monkeypatch.setattr(creations, "PATIENCE", 0.0)  # whoever is looked at is dead
        self.ceph = ceph
        self.settings = settings
        self.store = store_in(ceph, **settings)
        self.witness = RbdWitness(driver_in(ceph, **settings))
        self.before = self.witness.names()
        self.victims: list[str] = []
        self._dead: list[str] = []
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "tests.drivers.rbd.life"]
        self._forker = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)

    def live(self, task: str, image_id: str, last: int = 0) -> list[str]:
        """One life; killed at step `last`, unless that is 0. What it did, if it came to its end."""
        order = [str(self.ceph.conf), task, image_id, last, json.dumps(self.settings)]
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        self._forker.stdin.write(json.dumps(order) + "\n")
        self._forker.stdin.flush()
        lines: list[str] = []
        while not (line := self._forker.stdout.readline().strip()).startswith("end"):
            assert line, "the forking process has ended; its error is above"
            lines.append(line)
        assert line in {"end 0", f"end -{signal.SIGKILL:d}"}, f"{task} {image_id}: {line}; its error is above"
        assert lines, "it did not even connect; its error is above"
        self._dead.append(lines[0])
        steps: list[str] = json.loads(lines[2]) if len(lines) > 2 else []
        return steps

    def close(self) -> None:
        self.store.close()
        self._forker.kill()
        self._forker.communicate()

    def bury(self) -> None:
        """Have the cluster know that they are dead, as it does by itself after half a minute."""
        driver: Any = self.store._driver
        for address in self._dead:
            driver.cluster.blocklist_add(address.removeprefix("v1:").removeprefix("v2:"), 3600)
        self._dead.clear()
        driver.cluster.wait_for_latest_osdmap()
        end = time.monotonic() + 60
        while any(self._watched(name) for name in self.headers()):
            assert time.monotonic() < end, "the dead still count as watchers"
            time.sleep(0.05)

    def headers(self) -> list[str]:
        return [name for name in self.witness.names() if "/rbd_header." in name]

    def _watched(self, header: str) -> bool:
        pool, _, name = header.partition("/")
        return "watcher=" in self.ceph.run("rados", "--pool", pool, "listwatchers", name)

    def whole(self, image_id: str) -> bool:
        """Whether the image is there; if so, with all its bytes, and listed."""
        listed = [stat.location for stat in self.store.list() if stat.image_id == image_id]
        try:
            location = self.store.locate(image_id)
            with self.store.open(location) as reader:
                assert reader.read() == DATA
        except NotFound:
            assert listed == []
            return False
        assert listed == [location]
        return True

    def tidy(self) -> None:
        """`clean` ends what is left, what is there can be deleted and put again, and then there is nothing."""
        there = {victim: self.whole(victim) for victim in self.victims}
        for left in list(self.store.leftovers()):
            self.store.clean(left)
        assert list(self.store.leftovers()) == []
        for victim in self.victims:
            assert self.whole(victim) == there[victim], "cleaning has changed what is visible"
            if there[victim]:
                self.store.delete(self.store.locate(victim))
            self.store.delete(self.store.put(victim, DATA).location)
        self.victims.clear()
        with suppress(NotFound):
            self.store.delete(self.store.locate("original"))
        assert list(self.store.leftovers()) == []
        assert self.witness.names() == self.before


@pytest.fixture
def lives(ceph: Ceph, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lives]:
    made = Lives(ceph, monkeypatch)
    yield made
    made.close()


@pytest.mark.parametrize("task", ["put", "abort", "copy", "delete"])
def test_killed_before_each_call_of_librbd(lives: Lives, task: str) -> None:
    if task == "copy":
        lives.store.put("original", DATA)
    if task == "delete":
        lives.store.put("measured", DATA)
    steps = lives.live(task, "measured")
    lives.victims.append("measured")
    assert len(steps) >= 8, steps
    killed = 0
    for last, step in enumerate(steps, 1):
        victim = f"{task}-{last}-{step}"
        if task == "delete":
            lives.store.put(victim, DATA)
        lives.victims.append(victim)
        if lives.live(task, victim, last):  # threads that read take their last steps in any order
            assert lives.whole(victim) == (task in {"put", "copy"})
        else:
            killed += 1
    assert killed > len(steps) - 3
    lives.bury()
    lives.tidy()
