"""What is measured. Each case returns the lines of its section."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import s3 as s3_bench
from bench.ceph import ceph
from bench.contest import Contestant, contest, worker
from bench.limits import digests_and_copy
from bench.material import GIB, MIB, allocated, mostly_zero_image, random_image, use_memory
from bench.page import table
from bench.reflink import reflink_copy
from bench.service import service
from bench.swift import measured
from bench.upstream import upstream_python


@dataclass(frozen=True)
class Bench:
    """Where the benchmarks work, how many rounds they run, and how they tell what they do."""

    folder: Path
    rounds: int
    say: Callable[[str], None]

    def ours(self, operation: str, **task: Any) -> Contestant:
        task = {"folder": str(self.folder / "orlop"), **task, "operation": operation}
        return worker(Path(sys.executable), "orlop_worker.py", task)

    def theirs(self, operation: str, **task: Any) -> Contestant:
        task = {"folder": str(self.folder / "upstream-store"), **task, "operation": operation}
        return worker(upstream_python(), "upstream_worker.py", task)

    def bare(self, **task: Any) -> Contestant:
        task = {"folder": str(self.folder / "bare"), **task, "operation": "put"}
        return worker(Path(sys.executable), "bare_worker.py", task)

    def warm(self) -> None:
        use_memory(self.folder, GIB + 256 * MIB)


def put_md5_sha512(bench: Bench) -> list[str]:
    """1 GiB of random bytes with the two digests that Glance asks for."""
    image = random_image(bench.folder, GIB)
    standings = contest(
        {
            "orlop": bench.ours("put", source=str(image), digests=["md5", "sha512"]),
            "limit: md5sum & sha512sum & cp": lambda: digests_and_copy(
                ["md5sum", "sha512sum"], image, bench.folder / "copy"
            ),
            "upstream": bench.theirs("put", source=str(image), algorithm="sha512"),
            "threads of Python that hash and write, and nothing else": bench.bare(
                source=str(image), digests=["md5", "sha512"]
            ),
            "orlop, on the disk when it returns (fsync, the default)": bench.ours(
                "put", source=str(image), digests=["md5", "sha512"], fsync=True
            ),
        },
        bench.rounds,
        bench.say,
        bench.warm,
    )
    note = "Neither cp nor upstream waits for the disk, so the first row does not either (`fsync = false`)."
    return [note, "", *table(standings, "orlop")]


def put_sha256(bench: Bench) -> list[str]:
    """1 GiB of random bytes with orlop's default digest."""
    image = random_image(bench.folder, GIB)
    standings = contest(
        {
            "orlop": bench.ours("put", source=str(image), digests=["sha256"]),
            "limit: sha256sum & cp": lambda: digests_and_copy(["sha256sum"], image, bench.folder / "copy"),
            "upstream (md5 and sha256)": bench.theirs("put", source=str(image), algorithm="sha256"),
        },
        bench.rounds,
        bench.say,
        bench.warm,
    )
    return table(standings, "orlop")


def put_mostly_zero(bench: Bench) -> list[str]:
    """A sparse image of 4 GiB into a thin store."""
    image = mostly_zero_image(bench.folder, 4 * GIB)
    standings = contest(
        {
            "orlop (sha256)": bench.ours("put", source=str(image), digests=["sha256"]),
            "upstream (md5 and sha256)": bench.theirs("put", source=str(image), algorithm="sha256", thin=True),
            "orlop (md5 and sha512)": bench.ours("put", source=str(image), digests=["md5", "sha512"]),
            "upstream (md5 and sha512)": bench.theirs("put", source=str(image), algorithm="sha512", thin=True),
        },
        max(1, bench.rounds // 2),
        bench.say,
    )
    stored = standings["orlop (sha256)"].runs[0].allocated or 0
    data = allocated(image)
    fair = standings["upstream (md5 and sha512)"].seconds / standings["orlop (md5 and sha512)"].seconds
    note = (
        f"The image holds {data / MIB:.1f} MiB of data; stored by orlop it takes {stored / MIB:.1f} MiB "
        f"({stored / data - 1:+.2%}). With md5 and sha512 on both sides upstream takes {fair:.1f} times as long; "
        "hashing 4 GiB of zeros is all that is left to do then."
    )
    return [note, "", *table(standings, "orlop (sha256)")]


def get(bench: Bench) -> list[str]:
    """1 GiB read by a consumer that only counts the bytes."""
    image = random_image(bench.folder, GIB)
    for folder in ("get-orlop", "get-upstream"):
        (bench.folder / folder).mkdir(exist_ok=True)
        (bench.folder / folder / "image").unlink(missing_ok=True)
        (bench.folder / folder / "image").hardlink_to(image)
    standings = contest(
        {
            "orlop": bench.ours("get", folder=str(bench.folder / "get-orlop"), image="image"),
            "upstream": bench.theirs("get", folder=str(bench.folder / "get-upstream"), image="image"),
        },
        6 * bench.rounds + 1,  # each takes a tenth of a second, of which chance is a large part
        bench.say,
    )
    return table(standings, "orlop")


def copy_by_reflink(bench: Bench) -> list[str]:
    """1 GiB from one store to another on the same xfs."""
    found = reflink_copy(random_image(bench.folder, GIB), max(1, bench.rounds // 2), bench.say)
    if isinstance(found, str):
        return [f"Not measured: {found}"]
    standings, grown = found
    told = " and ".join(
        f"{grown[name] / MIB:.1f} MiB by {what}" for name, what in (("copy", "the copy"), ("put", "a put"))
    )
    return [f"The file system grew by {told}.", "", *table(standings, "copy")]


def memory(bench: Bench) -> list[str]:
    """Peak memory of put and get, by the size of the image."""
    lines = ["| image | orlop put | orlop get | upstream put | upstream get |", "|---|---|---|---|---|"]
    for size in (256 * MIB, GIB, 8 * GIB):
        row = [f"{size // MIB} MiB"]
        for name, side in (("orlop", bench.ours), ("upstream", bench.theirs)):
            folder = str(bench.folder / f"memory-{name}")
            task = {"digests": ["md5", "sha512"]} if name == "orlop" else {"algorithm": "sha512"}
            put = side("put", folder=folder, generate=size, keep=True, **task)()
            read = side("get", folder=folder, image="image")()
            if read.bytes != size:
                raise RuntimeError(f"{name} gave {read.bytes} of {size} bytes back")
            row += [f"{(one.peak or 0) / 1024:.0f} MiB" for one in (put, read)]
            (bench.folder / f"memory-{name}" / "image").unlink()
        bench.say("  " + ", ".join(row))
        lines.append(f"| {' | '.join(row)} |")
    return ["Size unknown to both, md5 and sha512.", "", *lines]


def on_ceph(bench: Bench) -> list[str]:
    """A Ceph cluster in memory, its three OSDs on this machine."""
    note = "Client and cluster share the processors of this machine; images are 8 MiB objects, not replicated."
    return [note, "", *ceph(bench.folder, bench.rounds, bench.say)]


def swift(bench: Bench) -> list[str]:
    """1 GiB into Swift and out of it, near and far."""
    return measured(random_image(bench.folder, GIB), max(1, bench.rounds // 2), bench.say)


def s3(bench: Bench) -> list[str]:
    """1 GiB into an S3 server and out of it, near and far."""
    return s3_bench.measured(random_image(bench.folder, GIB), max(1, bench.rounds // 2), bench.say)


CASES: dict[str, tuple[str, Callable[[Bench], list[str]]]] = {
    "put": ("Put 1 GiB, md5 and sha512", put_md5_sha512),
    "put-sha256": ("Put 1 GiB, sha256", put_sha256),
    "put-zero": ("Put 4 GiB, mostly zero, thin", put_mostly_zero),
    "get": ("Get 1 GiB", get),
    "copy": ("Copy 1 GiB between two stores on one xfs", copy_by_reflink),
    "memory": ("Peak memory", memory),
    "ceph": ("Ceph", on_ceph),
    "s3": ("1 GiB in S3", s3),
    "swift": ("1 GiB in Swift", swift),
    "service": ("1 GiB through Glance", service),
}
