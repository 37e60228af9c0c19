"""Which test runs now in this process."""

from __future__ import annotations

from typing import Any

_running: list[str] = []


def name() -> str | None:
    """The running test's id; None between tests, and in a process that a test has started."""
    return _running[-1] if _running else None


def install(testcase: Any) -> None:
    """Have the test cases of testtools tell us when they run."""
    run = testcase.TestCase.run

    def told(self: Any, *arguments: Any, **named: Any) -> Any:
        _running.append(self.id())
        try:
            return run(self, *arguments, **named)
        finally:
            _running.pop()

    testcase.TestCase.run = told
