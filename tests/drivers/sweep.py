"""A sweep over the lies of an HTTP backend: every request of every operation of a driver meets every lie.

An operation (put, copy, delete, clean, read) is done once without faults, which shows its requests. Then it is done
again for each of these requests and each lie, told by `servers.http_faults` between the driver and the real server.
After each: no error but a `StoreError`; after a success the image is there, whole (or gone, after a delete), after a
failure it is absent (or whole still); `list`, `stat`, `leftovers` and the witness agree; `clean` leaves nothing else;
the same operation without a lie works; another image beside it is untouched. Nothing is random: the same requests and
lies each time, so a test can state how many cases there are.

A driver's test makes a `Site` and asks `sweep(site, operation, lies)` for the cases and what was wrong in them.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from orlop.errors import NotFound, StoreError, Unavailable

from tests.drivers.lies import LIES, Lie, Request
from tests.drivers.sweep_site import SETTLE, Site

__all__ = [
    "BESIDE",
    "IMAGE",
    "SOURCE",
    "Clean",
    "Copy",
    "Delete",
    "Operation",
    "Put",
    "Read",
    "Report",
    "Site",
    "sweep",
]

IMAGE, SOURCE, BESIDE = "image", "source", "beside"


class Operation(ABC):
    """What is done through the proxy, and what has to be true after it.

    changing: whether only requests that change something are lied about. standing: images that are there all the time.
    """

    changing = True

    def __init__(self, name: str, data: bytes = b"") -> None:
        self.name = name
        self.data = data
        self.standing = {BESIDE: b"another image"}

    def prepare(self, site: Site) -> None:
        """Make what one case needs."""
        del site

    @abstractmethod
    def act(self, site: Site) -> object:
        """Do it."""

    @abstractmethod
    def judge(self, site: Site, error: StoreError | None) -> None:
        """Assert what has to be true now, and make everything as it was before."""

    def again(self, site: Site) -> None:
        """Do it without a lie. On a busy machine that takes longer, too, than the short timeouts of the site allow."""
        until = time.monotonic() + SETTLE
        while True:
            try:
                self.act(site)
                return
            except Unavailable:
                if time.monotonic() > until:
                    raise

    def found(self, site: Site) -> bool:
        """Whether the image is there; if so, it is whole."""
        found = site.has(IMAGE)
        assert found in {None, self.data}, f"the image has other bytes ({len(found or b'')})"
        return found is not None


class Put(Operation):
    """Store an image."""

    def act(self, site: Site) -> object:
        return site.store.put(IMAGE, self.data)

    def judge(self, site: Site, error: StoreError | None) -> None:
        if isinstance(error, Unavailable) and error.hung:
            # The abort of what was given up is not waited for.
            until = time.monotonic() + SETTLE
            while self.found(site) and time.monotonic() < until:
                time.sleep(0.05)
        assert self.found(site) is (error is None), "absent, but stored" if error is None else "there, but failed"
        if error is not None:
            site.cleaned(site.base)
            self.again(site)
            assert self.found(site), "absent after another try"
        site.whole = site.whole or len(site.names())
        site.cleaned(site.whole)
        site.direct.delete(site.direct.locate(IMAGE))
        assert not self.found(site), "there after a delete"
        site.cleaned(site.base)


class Copy(Put):
    """Copy an image within the server."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(name, data)
        self.standing[SOURCE] = data

    def act(self, site: Site) -> object:
        return site.store.copy(site.direct.locate(SOURCE), site.store, IMAGE)


class Delete(Operation):
    """Delete an image."""

    def prepare(self, site: Site) -> None:
        site.direct.put(IMAGE, self.data)

    def act(self, site: Site) -> object:
        site.store.delete(site.direct.locate(IMAGE))
        return None

    def judge(self, site: Site, error: StoreError | None) -> None:
        there = self.found(site)
        assert not there or (error is not None and not isinstance(error, NotFound)), "there, but deleted"
        if there:
            self.again(site)
            assert not self.found(site), "there after another delete"
        site.cleaned(site.base)


class Clean(Operation):
    """Remove what a dead upload has left."""

    def prepare(self, site: Site) -> None:
        assert site.abandon is not None
        site.abandon()
        until = time.monotonic() + SETTLE
        while not list(site.direct.leftovers()):
            assert time.monotonic() < until, "nothing is left over"
            time.sleep(0.05)

    def act(self, site: Site) -> object:
        for leftover in site.store.leftovers():
            site.store.clean(leftover)
        return None

    def judge(self, site: Site, error: StoreError | None) -> None:
        assert not self.found(site), "a dead upload has become an image"
        assert error is not None or len(site.names()) == site.base, "there, but cleaned"
        site.cleaned(site.base)


class Read(Operation):
    """Open an image and read all of it; every request is lied about."""

    changing = False

    def prepare(self, site: Site) -> None:
        site.direct.put(IMAGE, self.data)

    def act(self, site: Site) -> object:
        with site.store.open(site.direct.locate(IMAGE)) as reader:
            assert reader.read() == self.data, "other bytes are read"
        return None

    def judge(self, site: Site, error: StoreError | None) -> None:
        del error
        assert self.found(site), "absent after it was read"
        site.direct.delete(site.direct.locate(IMAGE))
        site.cleaned(site.base)


@dataclass
class Report:
    """The cases of a sweep, and the problems, each with its case."""

    cases: int = 0
    problems: list[str] = field(default_factory=list)


def sweep(site: Site, operation: Operation, lies: Sequence[Lie] = LIES) -> Report:
    """Do the operation once for each of its requests and each lie."""
    report = Report()
    requests = _learned(site, operation)
    for request in requests:
        for lie in lies:
            report.cases += 1
            case = f"{operation.name}: {lie.name}, to {request.method} {request.pattern} ({request.nth})"
            report.problems += [f"{case}: {problem}" for problem in _case(site, operation, request, lie)]
    return report


def _learned(site: Site, operation: Operation) -> list[Request]:
    """The requests of an operation without lies, after which all is as before."""
    quick, site.store = site.store, site.patient or site.store
    try:
        return _requests_of(site, operation)
    finally:
        site.store = quick


def _requests_of(site: Site, operation: Operation) -> list[Request]:
    site.whole = 0
    _begin(site, operation)
    # Once before that: what a store asks a server only once belongs to no operation.
    operation.prepare(site)
    operation.again(site)
    operation.judge(site, None)
    operation.prepare(site)
    site.proxy.clear()
    operation.act(site)
    requests = site.requests(operation.changing)
    operation.judge(site, None)
    assert requests, "an operation without requests meets no lie"
    return requests


def _begin(site: Site, operation: Operation) -> None:
    site.proxy.clear()
    site.wipe()
    for name, data in operation.standing.items():
        site.direct.put(name, data)
    site.base = len(site.names())


def _case(site: Site, operation: Operation, request: Request, lie: Lie) -> Iterator[str]:
    error: StoreError | None = None
    try:
        operation.prepare(site)
        site.proxy.set(lie.told_to(request, site.late))
        try:
            operation.act(site)
        except StoreError as raised:
            error = raised
        finally:
            site.proxy.clear()
        while site.proxy.busy():  # what comes late is done by then
            time.sleep(0.01)
        operation.judge(site, error)
        for name, data in operation.standing.items():
            assert site.has(name) == data, f"{name} is another one now"
    except Exception as problem:  # noqa: BLE001 - the other cases are to be done all the same
        told = "success" if error is None else f"{type(error).__name__}: {error.reason}"
        yield f"{type(problem).__name__}: {problem} [the store said {told}]"
        _begin(site, operation)
