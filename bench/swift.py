"""1 GiB into Swift and out of it, on this machine, and from far away."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

import urllib3

from bench.contest import Contestant, Result, Standing, contest
from bench.distance import FAR
from bench.page import table
from bench.upstream import RELEASE
from servers.fault_proxy import FaultProxy
from servers.keystone import Account, Keystone
from servers.swift import Swift
from servers.venvs import environment

_UNITS = 16
"""Segments of upstream's: so many of its units of 1000 KiB, nearly orlop's 16 MiB."""


class SwiftBench:
    """One Swift, an account, and the ways to it."""

    def __init__(self, swift: Swift, account: Account, image: Path) -> None:
        self._account = account
        self._image = image
        self._direct = swift.storage_url(account.scope()["project"]["id"])
        self._swift = swift
        self._others = environment("upstream-swift", [f"glance_store[swift]=={RELEASE}"]) / "bin" / "python"

    def contestants(self, operation: str, endpoint: str, kinds: dict[str, dict[str, Any]]) -> dict[str, Contestant]:
        return {name: self._contestant(operation, endpoint, kind) for name, kind in kinds.items()}

    def _contestant(self, operation: str, endpoint: str, kind: dict[str, Any]) -> Contestant:
        container = f"bench-{uuid.uuid4().hex[:8]}"
        python = Path(sys.executable) if kind["who"] == "orlop" else self._others
        task = {
            "account": asdict(self._account),
            "container": container,
            "endpoint": endpoint,
            "source": str(self._image),
            "known": True,
            "digests": ["md5", "sha512"],
            "units": 5120,
            **kind,
        }

        def worker(operation: str) -> Result:
            script = Path(__file__).parent / "swift_worker.py"
            command = [str(python), str(script), json.dumps({**task, "operation": operation})]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{kind['who']}: {done.stderr[-2000:]}")
            return Result(**json.loads(done.stdout.splitlines()[-1]))

        def run() -> Result:
            if operation == "get":
                if not self._names(container):
                    worker("put")
                return worker("get")
            try:
                return worker("put")
            finally:
                self._empty(container)

        return run

    def ways(self) -> Iterator[tuple[str, str]]:
        """How Swift is reached: a title, and the storage URL."""
        yield "", self._direct
        with FaultProxy("127.0.0.1", self._swift.port) as proxy:
            proxy.set(up=FAR, down=FAR)
            yield ", far away", self._direct.replace(f":{self._swift.port}/", f":{proxy.port}/")

    def _ask(self, method: str, path: str) -> urllib3.BaseHTTPResponse:
        with urllib3.PoolManager(retries=False) as http:
            return http.request(method, f"{self._direct}/{path}", headers={"X-Auth-Token": self._account.token()})

    def _names(self, container: str) -> list[str]:
        answer = self._ask("GET", container)
        return answer.data.decode().splitlines() if answer.status == 200 else []

    def _empty(self, container: str) -> None:
        for name in self._names(container):
            self._ask("DELETE", f"{container}/{quote(name)}")


@contextmanager
def swift_bench(image: Path) -> Iterator[SwiftBench]:
    with Keystone() as keystone, Swift(keystone) as swift:
        yield SwiftBench(swift, swift.operator("bench"), image)


PUTS: dict[str, dict[str, Any]] = {
    "orlop": {"who": "orlop"},
    "orlop, size unknown": {"who": "orlop", "known": False},
    "upstream, segments, size unknown": {"who": "upstream", "known": False, "units": _UNITS},
    "upstream, its defaults": {"who": "upstream"},
    "swiftclient's service, 4 threads, no digests": {"who": "client"},
}
GETS: dict[str, dict[str, Any]] = {
    "orlop": {"who": "orlop"},
    "upstream, segments": {"who": "upstream", "known": False, "units": _UNITS},
    "upstream, its defaults": {"who": "upstream"},
    "swiftclient's service": {"who": "client"},
}


def measured(image: Path, rounds: int, say: Callable[[str], None]) -> list[str]:
    """The tables of puts and gets, near and far."""
    lines = [
        "md5 and sha512, but none with swiftclient. Swift has one proxy and one disk, on the same machine. Far away is",
        "as with S3.",
        "",
    ]
    with swift_bench(image) as bench:
        for title, endpoint in bench.ways():
            for operation, kinds in (("put", PUTS), ("get", GETS)):
                say(f"  {operation}{title}")
                standings: dict[str, Standing] = contest(bench.contestants(operation, endpoint, kinds), rounds, say)
                lines += [f"### {operation.capitalize()}{title}", "", *table(standings, "orlop"), ""]
    return lines
