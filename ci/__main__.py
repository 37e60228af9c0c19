"""The command line: `python -m ci gate --driver file`, `python -m ci baseline`."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from ci import job, junit, recording, result, summary
from ci.drivers import DRIVERS
from ci.environments import LIBRARIES, ROOT
from ci.exceptions import BadException
from servers.missing import Missing

OUTPUT = ROOT / "build" / "gate"
GREEN, RED, CANNOT = 0, 1, 2


def main(words: list[str] | None = None) -> int:
    """Run what the command line says; 0 is green, 1 is red, 2 could not be run."""
    parser = argparse.ArgumentParser(prog="python -m ci", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    gate = commands.add_parser("gate", help="run the gate job of a driver")
    gate.add_argument("--driver", required=True, choices=list(DRIVERS), metavar="|".join(DRIVERS))
    gate.add_argument("--part", action="append", choices=[job.OWN, "functional", "unit"], help="only this; may repeat")
    gate.add_argument("--only", default="", metavar="REGEX", help="of Glance's tests, only those that contain this")
    gate.add_argument(
        "--library", choices=list(LIBRARIES), default="ours", help="upstream: see what Glance does with it"
    )
    gate.add_argument("--output", type=Path, default=OUTPUT, metavar="FOLDER", help="where results go (build/gate)")
    commands.add_parser("baseline", help="record again what upstream's glance_store does; some five minutes")
    options = parser.parse_args(words)
    try:
        if options.command == "baseline":
            return GREEN if recording.record(_folder(OUTPUT / "baseline"), _say) else RED
        return _gate(options)
    except (Missing, BadException) as error:
        print(f"python -m ci: {error}", file=sys.stderr)
        return CANNOT


def _gate(options: argparse.Namespace) -> int:
    folder = _folder(options.output / options.driver)
    for old in ("result.json", "junit.xml"):
        (folder / old).unlink(missing_ok=True)
    parts = options.part or []
    done = job.run(DRIVERS[options.driver], folder, _say, library=options.library, parts=parts, only=options.only)
    result.write(done, folder / "result.json")
    junit.write(done, folder / "junit.xml")
    print(*summary.lines(done), f"see {folder}/result.json and junit.xml", sep="\n")
    return GREEN if done.passed else RED


def _folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def _say(text: str) -> None:
    print(f"== {text}", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # not without ending what was started
    sys.exit(main())
