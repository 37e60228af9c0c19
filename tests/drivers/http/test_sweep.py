"""Each request of each reading operation meets each lie: the image is right, or there is a StoreError.

About 550 cases. The lies are those of all HTTP backends (`tests.drivers.lies`), and those that only ranges and redirects can have; nginx
is behind them. What cannot be seen is left out: a first answer that is whole and says 200 is the image, as far as anyone
without its digest can know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from orlop.errors import StoreError
from orlop.store import Store

from servers.fault_origin import body
from servers.http_faults import Fault, HttpFaults
from tests.drivers.asked import asked
from tests.drivers.http.conftest import MakeStore
from tests.drivers.http.nginx import SIZE, Nginx
from tests.drivers.lies import LIES, Lie, Request

pytestmark = [pytest.mark.server, pytest.mark.slow]

DATA = body(0, SIZE)
LATE = 1.0
"""Seconds that are longer than the stores here wait for an answer."""


def changed(name: str, **headers: str | None) -> Lie:
    """A lie in the headers of an answer that is true otherwise; `_` stands for `-`."""
    return Lie(name, Fault(changed={key.replace("_", "-"): value for key, value in headers.items()}))


OF_RANGES = (
    changed("another range", Content_Range="bytes 7-65542/3000000"),
    changed("a longer range", Content_Range=f"bytes 0-{SIZE - 1}/{SIZE}"),
    changed("another total", Content_Range="bytes 0-65535/2999999"),
    changed("no total", Content_Range="bytes 0-65535/*"),
    changed("no range", Content_Range=None),
    changed("many ranges", Content_Range=None, Content_Type="multipart/byteranges; boundary=x"),
    changed("another ETag", ETag='"another"'),
    changed("a weak ETag of another", ETag='W/"another"'),
    changed("compressed", Content_Encoding="gzip"),
    changed("a shorter length", Content_Length="10"),
    changed("a longer length", Content_Length="4000000"),
    changed("no length", Content_Length=None),
    changed("no number", Content_Length="x"),
    Lie("416", Fault(status=416, headers={"Content-Range": f"bytes */{SIZE}"})),
    Lie("416, always", Fault(status=416, headers={"Content-Range": f"bytes */{SIZE}"}), always=True),
    Lie("416 of an empty image", Fault(status=416, headers={"Content-Range": "bytes */0"})),
    Lie("204", Fault(status=204)),
    Lie("206 and nothing behind it", Fault(status=206)),
    Lie("cut later in the body", Fault(cut_answer=50_000)),
    Lie("a redirect in a circle", Fault(status=302, headers={"Location": "?"}), always=True),
    Lie("a redirect to nowhere", Fault(status=302, headers={"Location": "http://[/"})),
    Lie("429, to wait until a date", Fault(status=429, headers={"Retry-After": "Fri, 27 Nov 2020 00:00:00 GMT"})),
)


@dataclass(frozen=True)
class Reading:
    """An operation that reads, and what it gives when nobody lies."""

    name: str
    path: str
    act: Callable[[Store, str], object]
    truth: object


def whole(store: Store, url: str) -> bytes:
    with store.open(url) as reader:
        return reader.read()


def part(store: Store, url: str) -> bytes:
    with store.open(url, 100_000, 1_200_000) as reader:
        return reader.read()


READINGS = (
    Reading("read", "/disk", whole, DATA),
    Reading("read a part", "/disk", part, DATA[100_000:1_200_000]),
    Reading("read where a redirect leads", "/to301/disk", whole, DATA),
    Reading("read an empty image", "/empty", whole, b""),
    Reading("stat", "/disk", lambda store, url: store.stat(url).size, SIZE),
    Reading("stat an empty image", "/empty", lambda store, url: store.stat(url).size, 0),
)


@pytest.fixture
def proxy(nginx: Nginx) -> Iterator[HttpFaults]:
    with HttpFaults("127.0.0.1", nginx.port) as started:
        yield started


def seen_as_truth(reading: Reading, first: bool, lie: Lie) -> set[object]:
    """What a lie gives that nobody can tell from the truth: a first answer that is whole in itself."""
    fault = lie.fault
    if not first:
        return set()
    if reading.act is whole or reading.act is part:
        if fault.status == 200 and (fault.body or lie.always):
            return {fault.body, fault.body[100_000:1_200_000]}
        return {b""} if reading.truth == b"" else set()
    if fault.status == 200 and (fault.body or fault.endless):
        return {len(fault.body), None}
    if "Content-Length" in fault.changed and fault.changed["Content-Length"] is None:
        return {None}  # a size that nobody knows is no wrong one
    return {int(said) for said in (fault.changed.get("Content-Length") or "",) if said.isdigit()}


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
def test_every_lie_to_every_request(make_store: MakeStore, proxy: HttpFaults, reading: Reading) -> None:
    store = make_store(attempts=2, retry_seconds=0.5, read_timeout=LATE / 2, deadline=10.0)
    url = f"{proxy.base}{reading.path}"
    assert reading.act(store, url) == reading.truth
    requests = [Request(one.method, f"^{re.escape(one.target)}$", 1) for one in asked(proxy)]
    numbered = [
        Request(one.method, one.pattern, 1 + sum(other == one for other in requests[:at]))
        for at, one in enumerate(requests)
    ]
    problems, cases = [], 0
    for at, request in enumerate(numbered):
        for lie in (*LIES, *OF_RANGES):
            first = at == 0 or (request.pattern != numbered[0].pattern and request.nth == 1)
            told_whole = first or reading.path == "/empty"  # the second answer decides about an empty one
            if lie.fault.endless and lie.fault.status == 200 and told_whole and reading.act is not part:
                continue  # an image without an end
            cases += 1
            proxy.clear()
            proxy.set(lie.told_to(request, LATE))
            told: object
            try:
                told = reading.act(store, url)
            except StoreError:
                continue
            except Exception as error:  # noqa: BLE001 - the other cases are to be done all the same
                told = error
            if told != reading.truth and told not in seen_as_truth(reading, told_whole, lie):
                shown = f"{len(told)} bytes" if isinstance(told, bytes) else repr(told)
                problems.append(f"{lie.name}, to request {at + 1} ({request.method}): {shown}")
    proxy.clear()
    assert reading.act(store, url) == reading.truth
    assert cases >= len(LIES)
    assert problems == []
