"""Run the benchmarks and write the page."""

from __future__ import annotations

import argparse
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.cases import CASES, Bench
from bench.machine import describe
from bench.page import page

ROOT = Path(__file__).parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds of each contest (default 5)")
    parser.add_argument("--only", action="append", choices=list(CASES), help="run this case only; may repeat")
    parser.add_argument("--no-write", action="store_true", help="print the results, leave docs/benchmarks.md alone")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench", help="where images and stores lie")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(options.folder).free < 16 << 30:
        print(f"16 GiB of free space are needed in {options.folder}", file=sys.stderr)
        return 1
    bench = Bench(options.folder.resolve(), options.rounds, lambda text: print(text, file=sys.stderr, flush=True))
    machine = [f"{datetime.now(UTC):%Y-%m-%d}", *describe(bench.folder)]
    sections = []
    for name in options.only or CASES:
        title, case = CASES[name]
        bench.say(title)
        sections.append((title, case(bench)))
    text = page(machine, sections, options.rounds)
    print(text)
    if not options.no_write and not options.only:
        (ROOT / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
