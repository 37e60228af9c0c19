"""What every test has: a user without configuration, and skips that are said plainly - or fail, where none is allowed.

`ORLOP_SKIPS_FAIL=1` makes every skip a failure: then nothing that a machine lacks goes unnoticed.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest

_OURS = {"ORLOP_SKIPS_FAIL", "ORLOP_THOROUGH"}
"""What the tests themselves are told; ORLOP_THOROUGH=1: sweeps and kills of full size, which take an hour."""
SKIPS_FAIL = os.environ.get("ORLOP_SKIPS_FAIL") == "1"


def pytest_configure() -> None:
    """Let signals end what the tests start, also when this run was itself begun in the background or by nohup.

    There SIGINT and SIGHUP are ignored, and a process inherits that; what is handled is the default in a child again.
    """
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(autouse=True)
def _user_without_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads, or writes, what belongs to the user who runs it."""
    for name in [name for name in os.environ if name.startswith("ORLOP_") and name not in _OURS]:
        monkeypatch.delenv(name)
    empty = tmp_path_factory.getbasetemp() / "user"
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(empty / name.lower()))


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if SKIPS_FAIL and report.skipped and not hasattr(report, "wasxfail"):
        reason = _reason(report)
        report.outcome = "failed"
        report.longrepr = f"skipped, which ORLOP_SKIPS_FAIL=1 does not allow: {reason}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.stats.get("skipped", [])
    if not reports:
        return
    reasons = Counter(_reason(report) for report in reports)
    places = {_reason(report): Path(report.nodeid.partition("::")[0]) for report in reports}
    terminalreporter.section("not tested on this machine")
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count} in {places[reason]}: {reason}")
