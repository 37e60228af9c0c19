"""A call that nobody waits for any more is cancelled, and what it waits for with it."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from orlop.cancellation import Cancellation, cancelled, in_this_call, on_cancel, within
from orlop.crew import Crew
from orlop.errors import Unavailable

from tests.core.test_crew import wait_for


def test_a_thread_that_reads_from_a_silent_socket_ends_when_its_call_is_given_up() -> None:
    crew = Crew(8)
    ours, theirs = socket.socketpair()
    ended = threading.Event()

    def read() -> None:
        with on_cancel(lambda: ours.shutdown(socket.SHUT_RDWR)):
            assert ours.recv(1) == b""
        ended.set()

    with ours, theirs:
        with pytest.raises(Unavailable):
            crew.call(read, seconds=0.05, name="x")
        assert ended.wait(30)
        wait_for(lambda: crew.hung == 0)


def test_a_callback_runs_once_and_never_after_its_context() -> None:
    call = Cancellation()
    told: list[str] = []

    def work() -> None:
        with on_cancel(lambda: told.append("before")):
            pass
        with on_cancel(lambda: told.append("within")):
            call.cancel()
            call.cancel()

    within(call, work)
    assert told == ["within"]


def test_what_is_registered_after_the_call_was_given_up_runs_at_once() -> None:
    call = Cancellation()
    call.cancel()
    told: list[str] = []

    def work() -> None:
        assert cancelled()
        with on_cancel(lambda: told.append("at once")):
            assert told == ["at once"]

    within(call, work)
    assert told == ["at once"]


def test_a_callback_that_fails_does_not_keep_the_others() -> None:
    call = Cancellation()
    told: list[str] = []

    def work() -> None:
        with on_cancel(lambda: 1 // 0), on_cancel(lambda: told.append("second")):
            call.cancel()

    within(call, work)
    assert told == ["second"]


def test_a_context_ends_only_when_its_callback_has_returned() -> None:
    """Or a connection would be shut down that is another call's by then."""
    call, begun, go = Cancellation(), threading.Event(), threading.Event()
    over = threading.Event()

    def callback() -> None:
        begun.set()
        go.wait(30)

    def work() -> None:
        with on_cancel(callback):
            begun.wait(30)
        over.set()

    working = threading.Thread(target=lambda: within(call, work))
    working.start()
    cancelling = threading.Thread(target=call.cancel)
    while not call._callbacks:
        assert working.is_alive()
    cancelling.start()
    assert begun.wait(30)
    assert not over.wait(0.05)
    go.set()
    working.join(30)
    cancelling.join(30)
    assert over.is_set()


def test_a_drivers_own_threads_are_part_of_the_call() -> None:
    crew, seen = Crew(8), threading.Event()
    hang = threading.Event()

    def part() -> None:
        with on_cancel(hang.set):
            hang.wait(30)
            if cancelled():
                seen.set()

    def work() -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda one: one(), [in_this_call(part), in_this_call(part)]))

    with pytest.raises(Unavailable):
        crew.call(work, seconds=0.05, name="x")
    assert seen.wait(30)


def test_outside_of_a_call_nothing_is_cancelled() -> None:
    with on_cancel(lambda: pytest.fail("nobody gave anything up")):
        assert not cancelled()


def test_what_undoes_a_late_success_is_not_cancelled_itself() -> None:
    crew, release = Crew(8), threading.Event()
    states: list[bool] = []
    with pytest.raises(Unavailable):
        crew.call(release.wait, seconds=0.05, name="x", late=lambda _: states.append(cancelled()))
    release.set()
    wait_for(lambda: states != [])
    assert states == [False]


def test_an_interrupted_call_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    crew, hang = Crew(8), threading.Event()
    ended = threading.Event()
    real = threading.Event.wait

    def interrupted(self: threading.Event, timeout: float | None = None) -> bool:
        if timeout == 12.5:
            raise KeyboardInterrupt
        return real(self, timeout)

    def work() -> None:
        with on_cancel(hang.set):
            hang.wait(30)
        ended.set()

    monkeypatch.setattr(threading.Event, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        crew.call(work, seconds=12.5, name="x")
    assert ended.wait(30)


def test_calls_that_hang_are_counted_by_server() -> None:
    crew, release = Crew(2), threading.Event()
    for _ in range(2):
        with pytest.raises(Unavailable):
            crew.call(release.wait, seconds=0.02, name="x", server="dead.example")
    with pytest.raises(Unavailable, match=r"2 earlier calls to the server dead\.example"):
        crew.call(lambda: pytest.fail("it must not run"), seconds=30, name="x", server="dead.example")
    assert crew.call(lambda: 7, seconds=30, name="x", server="other.example") == 7
    release.set()
    wait_for(lambda: crew.hung == 0)


def test_many_servers_together_do_not_take_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orlop.crew.SERVERS", 2)
    crew, release = Crew(1), threading.Event()
    for server in ("a", "b"):
        with pytest.raises(Unavailable):
            crew.call(release.wait, seconds=0.02, name="x", server=server)
    with pytest.raises(Unavailable, match="several servers"):
        crew.call(lambda: pytest.fail("it must not run"), seconds=30, name="x", server="c")
    release.set()


def test_where_no_thread_can_be_had_it_is_unavailable_and_what_ends_something_runs_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    crew = Crew(8)
    with pytest.raises(Unavailable, match="can't start new thread"):
        crew.call(lambda: 7, seconds=30, name="x")
    assert crew.call(lambda: 7, seconds=30, name="x", always=True) == 7
