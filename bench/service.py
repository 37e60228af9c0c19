"""1 GiB through a running Glance: in, with its size known and unknown, and out; on our library and on upstream's."""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.contest import Contestant, Result, contest
from bench.material import GIB, MIB, random_image
from bench.page import table
from servers.folder import remove
from servers.glance import Glance, Library, Store
from servers.keystone import Keystone
from servers.missing import Missing

if TYPE_CHECKING:
    from bench.cases import Bench

_TICKS = os.sysconf("SC_CLK_TCK")
_TYPE = {"Content-Type": "application/octet-stream"}


class Service:
    """A Glance, and one client of it that takes as little of the machine as it can."""

    def __init__(self, glance: Glance, token: str) -> None:
        self._port = int(glance.url.rpartition(":")[2])
        self._process = Path(f"/proc/{glance.worker()}")
        self._token = token

    def image(self) -> str:
        told = json.dumps({"name": "bench", "disk_format": "raw", "container_format": "bare"})
        identifier: str = json.loads(self._ask("POST", "/v2/images", told.encode()))["id"]
        return identifier

    def delete(self, image: str) -> None:
        self._ask("DELETE", f"/v2/images/{image}")

    def upload(self, image: str, store: str, source: Path, *, known: bool) -> None:
        """PUT by sendfile, the whole at once or in chunks of 1 MiB."""
        size = source.stat().st_size
        length = {"Content-Length": str(size)} if known else {"Transfer-Encoding": "chunked"}
        connection = self._begin("PUT", f"/v2/images/{image}/file", {**_TYPE, "X-Image-Meta-Store": store, **length})
        with source.open("rb") as file:
            if known:
                connection.sock.sendfile(file)
            else:
                for start in range(0, size, MIB):
                    count = min(MIB, size - start)
                    connection.send(b"%x\r\n" % count)
                    connection.sock.sendfile(file, start, count)
                    connection.send(b"\r\n")
                connection.send(b"0\r\n\r\n")
        self._end(connection)

    def download(self, image: str) -> int:
        """GET, and let go of the bytes, which are counted."""
        connection = self._begin("GET", f"/v2/images/{image}/file", {})
        answer = connection.getresponse()
        buffer = bytearray(MIB)
        count = 0
        while got := answer.readinto(buffer):
            count += got
        connection.close()
        return count

    def spent(self) -> tuple[float, float]:
        """CPU seconds that Glance has used so far, its own and the kernel's for it."""
        fields = (self._process / "stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) / _TICKS, int(fields[12]) / _TICKS

    def forget_peak(self) -> None:
        (self._process / "clear_refs").write_text("5")  # proc(5): the peak of the memory becomes what is used now

    def peak(self) -> int:
        lines = (self._process / "status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))

    def _ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        length = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        connection = self._begin(method, path, length)
        connection.send(body)
        return self._end(connection)

    def _begin(self, method: str, path: str, headers: Mapping[str, str]) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=300)
        connection.putrequest(method, path)
        for header in {"X-Auth-Token": self._token, **headers}.items():
            connection.putheader(*header)
        connection.endheaders()
        return connection

    def _end(self, connection: http.client.HTTPConnection) -> bytes:
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status >= 300:
            raise RuntimeError(f"Glance answered {answer.status}: {body[:500]!r}")
        return body


class _Clock:
    """Measures what a Glance does, and keeps its own CPU seconds and the kernel's apart, by the contestant's name."""

    def __init__(self) -> None:
        self._shares: dict[str, list[tuple[float, float]]] = {}

    def measure(self, name: str, service: Service, work: Callable[[], int]) -> Result:
        service.forget_peak()
        begun, before = time.perf_counter(), service.spent()
        count = work()
        seconds, after = time.perf_counter() - begun, service.spent()
        user, system = (b - a for a, b in zip(before, after, strict=True))
        self._shares.setdefault(name, []).append((user, system))
        return Result(seconds=seconds, cpu=user + system, peak=service.peak(), bytes=count)

    def told(self) -> str:
        """Where the CPU seconds went, medians of all but each contestant's first round."""
        parts = []
        for name, shares in self._shares.items():
            user, system = (median(column) for column in zip(*(shares[1:] or shares), strict=True))
            parts.append(f"{name}: {user:.2f} s of its own and {system:.2f} s of the kernel")
        return "Glance's CPU: " + "; ".join(parts) + "."


def service(bench: Bench) -> list[str]:
    """Three contests between Glances."""
    try:
        with ExitStack() as undo:
            return _contests(bench, undo)
    except Missing as missing:
        return [f"Not measured: {missing}"]


def _contests(bench: Bench, undo: ExitStack) -> list[str]:
    image = random_image(bench.folder, GIB)
    folder = bench.folder / "service"
    remove(folder)
    undo.callback(remove, folder)
    keystone = undo.enter_context(Keystone())
    token = keystone.account("bench").token()
    quick = Store("file", {"filesystem_store_datadir": folder / "quick", "orlop_settings": "fsync:false"})
    ours = _running(undo, keystone, {"durable": Store.file(folder / "durable"), "quick": quick}, Library.OURS, token)
    theirs = _running(undo, keystone, {"theirs": Store.file(folder / "theirs")}, Library.UPSTREAM, token)
    places = {
        "orlop": (ours, "quick"),
        "upstream": (theirs, "theirs"),
        "orlop, on the disk when it returns (fsync, the default)": (ours, "durable"),
    }
    lines = ["One client, one Glance 33.0.0 under gunicorn with Keystone; CPU and memory are Glance's.", ""]
    for title, known in (("Upload, size known", True), ("Upload in chunks, size unknown", False)):
        clock = _Clock()
        uploads = {name: _upload(clock, name, *place, image, known=known) for name, place in places.items()}
        bench.say(f"  {title}")
        standings = contest(uploads, bench.rounds, bench.say, bench.warm)
        lines += [f"**{title}**", "", *table(standings, "orlop"), "", clock.told(), ""]
    clock = _Clock()
    kept = {name: places[name] for name in ("orlop", "upstream")}
    downloads = {name: _download(clock, name, *place, image) for name, place in kept.items()}
    bench.say("  Download")
    standings = contest(downloads, bench.rounds, bench.say)
    return [*lines, "**Download**", "", *table(standings, "orlop"), "", clock.told()]


def _running(undo: ExitStack, keystone: Keystone, stores: Mapping[str, Store], library: Library, token: str) -> Service:
    return Service(undo.enter_context(Glance(keystone, stores, library=library)), token)


def _upload(clock: _Clock, name: str, glance: Service, store: str, source: Path, *, known: bool) -> Contestant:
    def work(image: str) -> int:
        glance.upload(image, store, source, known=known)
        return source.stat().st_size

    def run() -> Result:
        image = glance.image()
        result = clock.measure(name, glance, lambda: work(image))
        glance.delete(image)
        return result

    return run


def _download(clock: _Clock, name: str, glance: Service, store: str, source: Path) -> Contestant:
    image = glance.image()
    glance.upload(image, store, source, known=True)
    return lambda: clock.measure(name, glance, lambda: glance.download(image))
