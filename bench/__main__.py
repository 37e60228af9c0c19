"""Run the benchmarks and write the page."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.cases import CASES, Bench
from bench.machine import describe
from bench.page import page, section, sections_of

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds of each contest (default 5)")
    parser.add_argument(
        "--only",
        action="append",
        choices=list(CASES),
        help="run this case only; may repeat",
    )
    parser.add_argument("--no-write", action="store_true", help="print the results, leave docs/benchmarks.md alone")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench", help="where images and stores lie")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(options.folder).free < 16 << 30:
        print(f"16 GiB of free space are needed in {options.folder}", file=sys.stderr)
        return 1
    bench = Bench(options.folder.resolve(), options.rounds, lambda text: print(text, file=sys.stderr, flush=True))
    machine = describe(bench.folder)
    known = sections_of(PAGE.read_text(encoding="utf-8")) if options.only else {}
    found: dict[str, str] = {}
    for name in options.only or CASES:
        title, case = CASES[name]
        bench.say(title)
        when = f"{datetime.now(UTC):%Y-%m-%d}, load average before: {os.getloadavg()[0]:.1f}."
        found[title] = section(when, case(bench))
        print(f"## {title}\n\n{found[title]}\n", flush=True)
        if not options.no_write:
            # Written after each, so that a run that breaks off has not been in vain.
            everything = {**known, **found}
            ordered = {title: everything[title] for title, _ in CASES.values() if title in everything}
            PAGE.write_text(page(machine, ordered), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
