"""The command line of the gate jobs.

`python -m ci gate --driver file` runs one, `python -m ci jobs` those whose inputs have changed.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from orlop.lifecycle.carried import RESULT

from ci import baseline, checking, job, jobs, junit, kept, own_gate, package, plan, recording, result, summary, tree
from ci.drivers import DRIVERS
from ci.environments import LIBRARIES, ROOT
from ci.exceptions import BadException
from servers.missing import Missing

OUTPUT = ROOT / "build" / "gate"
GREEN, RED, CANNOT = 0, 1, 2
_AFTER = "python -m docs.generate takes it into the pages"


def main(words: list[str] | None = None) -> int:
    """Run what the command line says; 0 is green, 1 is red, 2 could not be run."""
    options = _parser().parse_args(words)
    try:
        status: int = options.run(options)
        return status
    except (Missing, BadException, package.BadPackage, kept.NotKept, tree.NoHistory) as error:
        print(f"python -m ci: {error}", file=sys.stderr)
        return CANNOT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ci", description="The gate jobs of the drivers.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    output = argparse.ArgumentParser(add_help=False)
    output.add_argument("--output", type=Path, default=OUTPUT, metavar="FOLDER", help="where results go (build/gate)")
    output.add_argument("--keep", action="store_true", help="keep green whole results in the repository")

    gate = commands.add_parser("gate", parents=[output], help="run the gate job of a driver")
    gate.add_argument("--driver", required=True, choices=list(DRIVERS), metavar="|".join(DRIVERS))
    gate.add_argument("--part", action="append", choices=[job.OWN, "functional", "unit"], help="only this; may repeat")
    gate.add_argument("--only", default="", metavar="REGEX", help="of Glance's tests, only those that contain this")
    gate.add_argument(
        "--library", choices=list(LIBRARIES), default="ours", help="upstream: see what Glance does with it"
    )
    gate.set_defaults(run=_gate)

    other = commands.add_parser("package", help="run Glance's functional tests on a driver in a package of its own")
    other.add_argument(
        "folder", type=Path, metavar="FOLDER", help="the package, with ci/glance.toml and build/gate.json"
    )
    other.add_argument("--only", default="", metavar="REGEX", help="of Glance's tests, only those that contain this")
    other.set_defaults(run=_package)

    every = commands.add_parser(
        "jobs", parents=[output], help="run the jobs whose inputs have changed, fast ones first"
    )
    every.add_argument("--all", action="store_true", help="run every job")
    every.add_argument("--plan", action="store_true", help="only say what would be run, and why")
    every.set_defaults(run=_jobs, part=None, only="", library="ours")

    keep = commands.add_parser("keep", help="keep the results of jobs in the repository")
    keep.add_argument("drivers", nargs="+", metavar="DRIVER", choices=list(DRIVERS))
    keep.add_argument("--output", type=Path, default=OUTPUT, metavar="FOLDER", help="where they are (build/gate)")
    keep.set_defaults(run=_keep)

    gates = commands.add_parser("gates", help="name the test files that the jobs run as orlop's own gate")
    gates.set_defaults(run=_gates)

    check = commands.add_parser("check-results", help="check the kept results against the commits they were made from")
    check.set_defaults(run=_check)

    record = commands.add_parser("baseline", help="record again what upstream's glance_store does; some five minutes")
    record.set_defaults(run=lambda _: GREEN if recording.record(_folder(OUTPUT / "baseline"), _say) else RED)
    return parser


def _gate(options: argparse.Namespace) -> int:
    folder = _folder(options.output / options.driver)
    for old in ("result.json", "junit.xml"):
        (folder / old).unlink(missing_ok=True)
    parts = options.part or []
    done = job.run(DRIVERS[options.driver], folder, _say, library=options.library, parts=parts, only=options.only)
    result.write(done, folder / "result.json")
    junit.write(done, folder / "junit.xml")
    print(*summary.lines(done), f"see {folder}/result.json and junit.xml", sep="\n", flush=True)
    if options.keep and done.passed:
        _say(f"kept in {kept.keep(result.to_dict(done)).relative_to(ROOT)}; {_AFTER}")
    return GREEN if done.passed else RED


def _package(options: argparse.Namespace) -> int:
    about = package.load(options.folder.resolve())
    folder = _folder(about.folder / "build" / "glance")
    for old in ("result.json", "junit.xml", RESULT):
        (folder / old).unlink(missing_ok=True)
    done = job.run(about.driver, folder, _say, library="ours", parts=[], only=options.only, package=about)
    result.write(done, folder / "result.json")
    junit.write(done, folder / "junit.xml")
    if done.passed and done.whole:
        kept.write(kept.short(result.to_dict(done), baseline.load()), folder / RESULT)
    print(*summary.lines(done), f"see {folder}/result.json and junit.xml", sep="\n", flush=True)
    return GREEN if done.passed else RED


def _jobs(options: argparse.Namespace) -> int:
    planned = plan.plan(DRIVERS.values(), datetime.now(UTC), every=options.all)
    if options.plan:
        for one in planned:
            print(f"{one.name}: {'run' if one.runs else 'not run'}: {one.why}")
        return GREEN
    done = jobs.run(planned, lambda one: _one(one, options))
    print(*jobs.table(done), sep="\n", flush=True)
    return GREEN if all(one.green for one in done) else RED


def _one(planned: plan.Planned, options: argparse.Namespace) -> bool:
    """Run one of several jobs: what one of them lacks does not keep the others from running."""
    _say(f"gate {planned.name}: {planned.why}")
    try:
        return _gate(argparse.Namespace(**vars(options) | {"driver": planned.name})) == GREEN
    except (Missing, kept.NotKept) as error:
        print(f"python -m ci: {planned.name}: {error}", file=sys.stderr, flush=True)
        return False


def _keep(options: argparse.Namespace) -> int:
    for driver in options.drivers:
        file = options.output / driver / "result.json"
        if not file.exists():
            raise kept.NotKept(f"{driver}: there is no {file}: run its job first (make gate DRIVER={driver})")
        print(f"{kept.keep(json.loads(file.read_text(encoding='utf-8'))).relative_to(ROOT)}; {_AFTER}")
    return GREEN


def _gates(_: argparse.Namespace) -> int:
    for driver in DRIVERS:
        print(*(path.relative_to(ROOT) for path in own_gate.modules(driver)), sep="\n")
    return GREEN


def _check(_: argparse.Namespace) -> int:
    return max([_checked(driver) for driver in DRIVERS])


def _checked(driver: str) -> int:
    """Say what is to be said of the kept result of a driver."""
    try:
        found = kept.load(driver)
        told = checking.wrong(found, datetime.now(UTC)) if found else []
    except tree.NoHistory as error:
        print(f"{driver}: cannot be checked here: {error}")
        return GREEN
    except kept.NotKept as error:
        told, found = [str(error)], None
    fine = f"as commit {found['commit']} has it" if found else "no result is kept"
    print(f"{driver}: {'; '.join(told) or fine}")
    return RED if told else GREEN


def _folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def _say(text: str) -> None:
    print(f"== {text}", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # not without ending what was started
    sys.exit(main())
