"""The pytest plugin: runs the cases of `Gate` classes and reports on them.

It is active in every pytest run where orlop is installed, so it does nothing and imports nothing more until it meets
a class that derives from `Gate`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from orlop.gate.ledger import Ledger

pytest.register_assert_rewrite("orlop.gate.cases")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--gate-json` and `--gate-html`."""
    group = parser.getgroup("orlop gate")
    group.addoption("--gate-json", metavar="PATH", help="write the outcome of the conformance gate as JSON to PATH")
    group.addoption("--gate-html", metavar="PATH", help="write the outcome of the conformance gate as a page to PATH")


def pytest_configure(config: pytest.Config) -> None:
    """Listen to the outcomes."""
    config.pluginmanager.register(Collector(config), "orlop-gate-collector")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give each case its hang guard and its deviation."""
    if _is_case(item):
        from orlop.gate.running import prepare

        prepare(item)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    """Run a case, or show that what it would prove is refused; then look what is left behind."""
    if not _is_case(pyfuncitem):
        return None
    from orlop.gate.running import run

    run(pyfuncitem)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn skips into failures, and write down what belongs to the case."""
    report = yield
    if _is_case(item):
        from orlop.gate.running import judge

        judge(item, report)
    return report


class Collector:
    """Collects the outcomes, also those of cases that ran in other processes (pytest-xdist), and reports on them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._ledger: Ledger | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take down one outcome."""
        entry = getattr(report, "orlop_gate", None)
        if entry is None:
            return
        if self._ledger is None:
            from orlop.gate.ledger import Ledger

            self._ledger = Ledger()
        self._ledger.add(entry)

    def pytest_sessionfinish(self) -> None:
        """Write the reports."""
        json, html = self._config.getoption("gate_json"), self._config.getoption("gate_html")
        if not (json or html) or self._ledger is None or hasattr(self._config, "workerinput"):
            return
        from orlop.gate.html.page import write_html
        from orlop.gate.report import report_of, write_json

        report = report_of(self._ledger)
        if json:
            write_json(report, json)
        if html:
            write_html(report, html)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table."""
        if self._ledger is None:
            return
        from orlop.gate.table import lines

        for gate in self._ledger.gates:
            terminalreporter.section(f"orlop gate: {gate.name}")
            for line, color in lines(gate):
                terminalreporter.write_line(line, **{color: True} if color else {})


def _is_case(item: pytest.Item) -> bool:
    return getattr(getattr(item, "cls", None), "orlop_gate", False) is True and "trial" in getattr(
        item, "fixturenames", ()
    )
