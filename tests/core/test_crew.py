"""Calls with a deadline, and what becomes of those that hang."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable

import pytest
from orlop.crew import Crew
from orlop.errors import Unavailable


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.01)


def test_result_and_error_come_back() -> None:
    crew = Crew(1)
    assert crew.call(lambda: 7, seconds=30, name="x") == 7
    with pytest.raises(ZeroDivisionError):
        crew.call(lambda: 1 // 0, seconds=30, name="x")


def test_context_variables_are_carried_over() -> None:
    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("set")
    assert Crew(1).call(variable.get, seconds=30, name="x") == "set"


def test_a_hanging_call_is_given_up_and_undone_when_it_succeeds_late() -> None:
    crew, release = Crew(2), threading.Event()
    undone: list[str | None] = []

    def slow() -> str:
        release.wait()
        return "made"

    with pytest.raises(Unavailable, match=r"within 0\.05 s"):
        crew.call(slow, seconds=0.05, name="x", late=undone.append)
    assert crew.hung == 1
    assert crew.call(lambda: 1, seconds=30, name="x") == 1
    release.set()
    wait_for(lambda: crew.hung == 0)
    assert undone == ["made"]


def test_a_late_error_concerns_nobody() -> None:
    crew, release = Crew(2), threading.Event()
    undone: list[str | None] = []

    def slow() -> None:
        release.wait()
        raise ValueError

    with pytest.raises(Unavailable):
        crew.call(slow, seconds=0.05, name="x", late=undone.append)
    release.set()
    wait_for(lambda: crew.hung == 0)
    assert undone == []


def test_too_many_hanging_calls_are_not_joined_by_more() -> None:
    crew, release = Crew(2), threading.Event()
    for _ in range(2):
        with pytest.raises(Unavailable):
            crew.call(release.wait, seconds=0.02, name="x")
    asked: list[int] = []
    with pytest.raises(Unavailable, match="2 earlier calls"):
        crew.call(lambda: asked.append(1), seconds=30, name="x")
    assert asked == []
    release.set()
    wait_for(lambda: crew.hung == 0)
    assert crew.call(lambda: 5, seconds=30, name="x") == 5


@pytest.mark.parametrize("finished_first", [True, False])
def test_an_interrupted_caller_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, finished_first: bool) -> None:
    """KeyboardInterrupt while waiting: what has been made, or will be, is undone."""
    crew, release = Crew(2), threading.Event()
    undone: list[str] = []
    real = threading.Event.wait

    def interrupted(self: threading.Event, timeout: float | None = None) -> bool:
        if timeout != 12.5:
            return real(self, timeout)
        if finished_first:
            release.set()
            real(self, 30)
        raise KeyboardInterrupt

    def make() -> str:
        release.wait()
        return "made"

    monkeypatch.setattr(threading.Event, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        crew.call(make, seconds=12.5, name="x", late=undone.append)
    release.set()
    wait_for(lambda: undone == ["made"])
