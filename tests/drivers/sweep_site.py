"""Where a sweep is done: a place in a real server, through a proxy that lies, past it, and as a witness sees it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orlop.errors import NotFound
from orlop.store import Store

from servers.http_faults import HttpFaults
from tests.drivers.asked import asked
from tests.drivers.lies import Request

SETTLE = 30.0
"""Seconds until `clean` has to have removed what is left; leftovers have to get old first."""


@dataclass
class Site:
    """A place in a real server, seen through the proxy, past it, and by a witness.

    store, direct: through the proxy, and past it; with short timeouts, retries and ages of leftovers.
    names:    everything that is there, as the witness sees it.
    wipe:     removes all of it, by the witness.
    abandon:  leaves behind what a killed upload of IMAGE leaves; None: the driver has no leftovers.
    variable: regular expressions of what differs in a target from one upload to the next; no groups.
    late:     seconds that are longer than `store` waits for an answer.
    patient:  as `store`, with long timeouts: a busy machine must add no request to those that an operation has.
    """

    store: Store
    direct: Store
    proxy: HttpFaults
    names: Callable[[], set[str]]
    wipe: Callable[[], None]
    abandon: Callable[[], None] | None = None
    variable: Sequence[str] = ()
    late: float = 1.0
    patient: Store | None = None
    base: int = 0
    """How many names there are without IMAGE."""
    whole: int = 0
    """How many there are with it, as an operation without lies showed."""

    def requests(self, changing: bool) -> list[Request]:
        """The requests that the proxy has seen, each with its number among those that look the same."""
        seen = [one for one in asked(self.proxy) if not changing or one.method not in {"GET", "HEAD", "OPTIONS"}]
        counted: dict[tuple[str, str], int] = {}
        for one in seen:
            shape = (one.method, self._pattern(one.target))
            counted[shape] = counted.get(shape, 0) + 1
        return [Request(*shape, nth) for shape in sorted(counted) for nth in range(1, counted[shape] + 1)]

    def _pattern(self, target: str) -> str:
        text, at = "", 0
        for found in re.finditer("|".join(f"({one})" for one in self.variable) or "(?!)", target):
            text += re.escape(target[at : found.start()]) + self.variable[(found.lastindex or 1) - 1]
            at = found.end()
        return f"^{text}{re.escape(target[at:])}$"

    def has(self, image_id: str) -> bytes | None:
        """The bytes of an image, None when there is none; what is known of it has to agree."""
        while True:
            try:
                return self._has(image_id)
            except NotFound:  # a call that was given up has removed it while it was looked at
                time.sleep(0.05)

    def _has(self, image_id: str) -> bytes | None:
        listed = {one.image_id: one for one in self.direct.list()}
        try:
            location = self.direct.locate(image_id)
        except NotFound:
            assert image_id not in listed, f"{image_id} is listed and is not found"
            return None
        assert image_id in listed, f"{image_id} is found and is not listed"
        with self.direct.open(location) as reader:
            data = reader.read()
        assert self.direct.stat(location).size == listed[image_id].size == len(data), "sizes differ"
        if self.direct.stat(location).digests:
            self.direct.verify(location)
        return data

    def cleaned(self, names: int) -> None:
        """Clean until no more than so many names are left."""
        until = time.monotonic() + SETTLE
        while len(left := self.names()) > names:
            assert time.monotonic() < until, f"clean leaves {sorted(left)}, which should be {names} names"
            for leftover in self.direct.leftovers():
                self.direct.clean(leftover)
            time.sleep(0.05)
        assert len(left) == names, f"clean leaves only {sorted(left)}, which should be {names} names"
