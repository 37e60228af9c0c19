"""`orlop gate`: prove that a store does what it claims."""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer

from orlop.cli.exit_codes import ExitCode
from orlop.cli.failures import Failure, local
from orlop.cli.interruption import Interrupted, signals_raise
from orlop.cli.options import store_names
from orlop.cli.output import result
from orlop.cli.session import Session


def command(
    ctx: typer.Context,
    store: Annotated[str, typer.Argument(metavar="STORE", help="The store, by its name.", autocompletion=store_names)],
    *,
    report: Annotated[
        str | None, typer.Option("--json-report", metavar="FILE", help="Write the report of each case as JSON.")
    ] = None,
    junit: Annotated[
        str | None, typer.Option("--junit", metavar="FILE", help="Write the report in JUnit's XML.")
    ] = None,
    html: Annotated[
        str | None, typer.Option("--html", metavar="FILE", help="Write the report as one HTML file, to be sent around.")
    ] = None,
    cases: Annotated[
        str, typer.Option("--cases", metavar="EXPR", help="Only those cases, as pytest -k takes them.")
    ] = "",
    settle: Annotated[
        float, typer.Option("--settle", metavar="SECONDS", help="How long a change may take until everybody sees it.")
    ] = 0.0,
) -> int:
    """Run the conformance gate against a store's backend, in a scratch place of its own that is removed again.

    It proves each capability that the store claims, and that it refuses the others. The exit code is 1 when one fails.
    With --json the report is the document, and what the gate says meanwhile goes to stderr.
    """
    session: Session = ctx.obj
    settings = session.store(store).settings
    with tempfile.TemporaryDirectory(prefix="orlop-") as folder:
        kept = Path(report if report is not None else Path(folder, "gate.json"))
        options = {"json": kept, "junit": junit, "html": html, "cases": cases, "settle": settle}
        if not session.json:
            status = _run(store, settings, options)
        else:
            with redirect_stdout(sys.stderr):
                status = _run(store, settings, options)
            document = {"store": store, "passed": status == 0, "report": _read(kept)}
            result(session, document, lambda: "")
    return int(ExitCode.FAILED if status else ExitCode.OK)


def _run(name: str, settings: Any, options: dict[str, Any]) -> int:
    """The gate's own status; a signal ends it as Ctrl-C ends pytest, so that it cleans up."""
    try:
        from orlop.gate.live import run_gate  # noqa: PLC0415 - pytest is an extra
    except ModuleNotFoundError as error:
        raise Failure(f"the gate needs the Python module {error.name!r}: pip install 'orlop[gate]'") from error
    ended: list[int] = []

    def as_ctrl_c(number: int) -> BaseException:
        ended.append(number)
        return KeyboardInterrupt()

    with signals_raise(as_ctrl_c):
        status = int(run_gate(name, settings, **options))
    if ended:
        raise Interrupted(ended[0])
    return status


def _read(report: Path) -> Any:
    try:
        return json.loads(report.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None  # no case has run
    except OSError as error:
        raise local(error, report) from error
