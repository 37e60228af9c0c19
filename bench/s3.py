"""1 GiB into an S3 server and out of it, on this machine, and from far away."""

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

from orlop.drivers.s3.driver import S3Driver
from orlop.drivers.s3.settings import S3Settings

from bench.contest import Contestant, Result, Standing, contest
from bench.distance import FAR, LATE, WINDOW, WINDOW_OF
from bench.page import table
from bench.upstream import RELEASE
from servers.fault_proxy import FaultProxy
from servers.juicefs import JuiceFS
from servers.s3_account import S3Account
from servers.venvs import environment


class S3Bench:
    """One server, and the ways to it."""

    def __init__(self, server: JuiceFS, image: Path) -> None:
        self._server = server
        self._image = image
        wanted = [f"glance_store[s3]=={RELEASE}", "obstore==0.12.1"]
        self._others = environment("upstream-s3", wanted) / "bin" / "python"

    def contestants(
        self, operation: str, account: S3Account, kinds: dict[str, dict[str, Any]]
    ) -> dict[str, Contestant]:
        return {name: self._contestant(operation, account, kind) for name, kind in kinds.items()}

    def _contestant(self, operation: str, account: S3Account, kind: dict[str, Any]) -> Contestant:
        bucket = f"bench-{uuid.uuid4().hex[:8]}"
        python = Path(sys.executable) if kind["who"] == "orlop" else self._others
        task = {
            "account": asdict(account),
            "bucket": bucket,
            "source": str(self._image),
            "known": True,
            "digests": ["md5", "sha512"],
            **kind,
        }
        script = Path(__file__).parent / "s3_worker.py"
        stored = False

        def worker(operation: str) -> Result:
            command = [str(python), str(script), json.dumps({**task, "operation": operation})]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{kind['who']}: {done.stderr[-2000:]}")
            return Result(**json.loads(done.stdout.splitlines()[-1]))

        def run() -> Result:
            nonlocal stored
            if operation == "put":
                result = worker("put")
                self._remove(bucket)
                return result
            if not stored:
                worker("put")
                stored = True
            return worker("get")

        return run

    def ways(self) -> Iterator[tuple[str, S3Account]]:
        """How the server is reached: a title, and the account with its endpoint."""
        account = self._server.account
        yield "", account
        with FaultProxy("127.0.0.1", self._server.port) as proxy:
            proxy.set(up=FAR, down=FAR)
            far = f"http://127.0.0.1:{proxy.port}"
            yield ", far away", S3Account(far, account.access_key, account.secret_key, account.region)

    def _remove(self, bucket: str) -> None:
        account = self._server.account
        driver = S3Driver(
            S3Settings(
                endpoint=account.endpoint,
                access_key=account.access_key,
                secret_key=account.secret_key,
                bucket=bucket,
            )
        )
        location = driver.locate("image")
        driver.delete(location, driver.identify(location))


@contextmanager
def s3_bench(image: Path) -> Iterator[S3Bench]:
    with JuiceFS() as server:
        yield S3Bench(server, image)


Kinds = dict[str, dict[str, Any]]

PUTS: Kinds = {
    "orlop": {"who": "orlop"},
    "orlop, checksum = none": {"who": "orlop", "settings": {"checksum": "none"}},
    "upstream": {"who": "upstream"},
    "boto3's transfer manager, no digests": {"who": "boto3"},
    "obstore, no digests": {"who": "obstore"},
}
UNKNOWN: Kinds = {
    "orlop": {"who": "orlop", "known": False},
    "upstream": {"who": "upstream", "known": False},
}
GETS: Kinds = {
    "orlop": {"who": "orlop"},
    "upstream": {"who": "upstream"},
    "boto3's transfer manager": {"who": "boto3"},
    "obstore": {"who": "obstore"},
}


def measured(image: Path, rounds: int, say: Callable[[str], None]) -> list[str]:
    """The tables of puts and gets, near and far."""
    lines = [
        "md5 and sha512, but none with boto3 and obstore. The server is the gateway of JuiceFS, here. What is far is",
        f"{LATE * 1000:.0f} ms away each way, and {WINDOW >> 20} MiB of a connection can be under way: {WINDOW_OF}.",
        "",
    ]
    with s3_bench(image) as bench:
        for title, account in bench.ways():
            tables = [("Put", PUTS, rounds), ("Get", GETS, rounds)]
            if not title:
                tables.insert(1, ("Put, size unknown", UNKNOWN, 1))
            for name, kinds, counted in tables:
                say(f"  {name}{title}")
                contestants = bench.contestants(name.split(",")[0].lower(), account, kinds)
                standings: dict[str, Standing] = contest(contestants, counted, say)
                lines += [f"### {name}{title}", "", *table(standings, "orlop"), ""]
    return lines
