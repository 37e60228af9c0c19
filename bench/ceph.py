"""What is measured on Ceph, in memory on this machine: orlop, upstream, `rbd import` and `rbd export`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.contest import Contestant, Result, contest, worker
from bench.material import GIB, mostly_zero_image, random_image
from bench.page import table
from bench.upstream import upstream_python
from servers.ceph import Ceph
from servers.ceph_modules import link_modules

_USER = "glance"


class _Pool:
    """The contestants on one cluster; what each of them has stored is removed, unmeasured."""

    def __init__(self, ceph: Ceph, folder: Path) -> None:
        self._ceph = ceph
        self._folder = str(folder / "rbd")
        self._store = {"conf": str(ceph.conf), "user": _USER}

    def ours(self, operation: str, **task: Any) -> Contestant:
        task = {"folder": self._folder, "keep": True, "rbd": self._store, **task, "operation": operation}
        return self._swept(worker(Path(sys.executable), "orlop_worker.py", task), keep=operation == "get")

    def theirs(self, operation: str, **task: Any) -> Contestant:
        where = f"rbd://{self._ceph.fsid}/images/image/snap"
        task = {
            "folder": self._folder,
            "keep": True,
            "rbd": self._store,
            "location": where,
            **task,
            "operation": operation,
        }
        return self._swept(worker(upstream_python(), "upstream_worker.py", task), keep=operation == "get")

    def imported(self, source: Path) -> Contestant:
        return self._swept(self._command(source.stat().st_size, "import", str(source), "images/image"), keep=False)

    def imported_and_digested(self, source: Path, *programs: str) -> Contestant:
        """`md5sum F & rbd import F & wait`, with the given programs."""
        run = self._command(source.stat().st_size, "import", str(source), "images/image")

        def all_at_once() -> Result:
            begun = time.perf_counter()
            digesting = [subprocess.Popen([program, source], stdout=subprocess.DEVNULL) for program in programs]
            result = run()
            if any(one.wait() for one in digesting):
                raise RuntimeError(f"one of {programs} failed")
            return replace(result, seconds=time.perf_counter() - begun)

        return self._swept(all_at_once, keep=False)

    def exported(self, size: int) -> Contestant:
        return self._command(size, "export", "images/image", "-")

    def hold(self, source: Path) -> None:
        """Have the image in the pool that everybody reads."""
        self.sweep()
        self._ceph.run("rbd", "import", "--no-progress", source, "images/image", deadline=300)
        self._ceph.run("rbd", "snap", "create", "--no-progress", "images/image@snap")
        self._ceph.run("rbd", "snap", "protect", "images/image@snap")

    def sweep(self) -> None:
        for name in json.loads(self._ceph.run("rbd", "ls", "--format", "json", "images")):
            for snapshot in json.loads(self._ceph.run("rbd", "snap", "ls", "--format", "json", f"images/{name}")):
                if snapshot["protected"] == "true":
                    self._ceph.run("rbd", "snap", "unprotect", f"images/{name}@{snapshot['name']}")
            self._ceph.run("rbd", "snap", "purge", "--no-progress", f"images/{name}")
            self._ceph.run("rbd", "rm", "--no-progress", f"images/{name}", deadline=300)

    def _swept(self, run: Contestant, *, keep: bool) -> Contestant:
        def swept() -> Result:
            result = run()
            if not keep:
                self.sweep()
            return result

        return swept

    def _command(self, size: int, *words: str) -> Contestant:
        def run() -> Result:
            begun = time.perf_counter()
            self._ceph.consume("rbd", "--id", _USER, words[0], "--no-progress", *words[1:])
            return Result(seconds=time.perf_counter() - begun, cpu=None, peak=None, bytes=size)

        return run


def ceph(folder: Path, rounds: int, say: Callable[[str], None]) -> list[str]:
    """Put and get, of 1 GiB of random bytes and of 8 GiB of which most are zero."""
    random, sparse = random_image(folder, GIB), mostly_zero_image(folder, 8 * GIB)
    link_modules(upstream_python().parent.parent)
    both, one = ["md5", "sha512"], ["sha256"]
    lines: list[str] = []
    with Ceph(capacity=4 * GIB) as cluster:
        cluster.pool("images")
        cluster.key(_USER, mon="profile rbd", osd="profile rbd", mgr="profile rbd")
        pool = _Pool(cluster, folder)
        contests: dict[str, dict[str, Contestant]] = {
            "Put 1 GiB, md5 and sha512": {
                "orlop": pool.ours("put", source=str(random), digests=both),
                "limit: md5sum & sha512sum & rbd import": pool.imported_and_digested(random, "md5sum", "sha512sum"),
                "upstream": pool.theirs("put", source=str(random), algorithm="sha512"),
            },
            "Put 1 GiB, sha256": {
                "orlop": pool.ours("put", source=str(random), digests=one),
                "limit: rbd import, no digest": pool.imported(random),
                "orlop, size unknown": pool.ours("put", generate=GIB, digests=one),
            },
            "Put 4 GiB, sha256, size unknown": {
                "orlop": pool.ours("put", generate=4 * GIB, digests=one),
                "orlop, 16 images at once": pool.ours("puts", generate=4 * GIB, count=16, digests=one),
            },
            "Put 8 GiB, mostly zero, thin": {
                "orlop (sha256)": pool.ours("put", source=str(sparse), digests=one),
                "orlop (md5 and sha512)": pool.ours("put", source=str(sparse), digests=both),
                "upstream (md5 and sha512)": pool.theirs("put", source=str(sparse), algorithm="sha512", thin=True),
            },
        }
        for title, contestants in contests.items():
            say(title)
            standings = contest(contestants, rounds if "8 GiB" not in title else 1, say)
            lines += [f"### {title}", "", *table(standings, next(iter(standings))), ""]
        for title, image in (("Get 1 GiB", random), ("Get 8 GiB, mostly zero", sparse)):
            say(title)
            pool.hold(image)
            size = image.stat().st_size
            readers = {
                "orlop": pool.ours("get", image="image"),
                "limit: rbd export": pool.exported(size),
                "upstream": pool.theirs("get", image="image"),
            }
            standings = contest(readers, rounds, say)
            lines += [f"### {title}", "", *table(standings, "orlop"), ""]
    return lines
