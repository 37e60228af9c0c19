"""The threads in which a store's driver works, so that a hung backend cannot hang the caller.

A call into a dead NFS server or a silent socket may never return, and a thread in it cannot be ended. So driver code
runs in daemon threads and the caller waits for a bounded time. A thread that is given up counts as hung until it comes
back; when `hang_limit` threads hang, the store answers `Unavailable` at once instead of sacrificing another one.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from orlop.errors import Unavailable

T = TypeVar("T")


class Crew:
    """The working threads of one store."""

    def __init__(self, hang_limit: int) -> None:
        self._hang_limit = hang_limit
        self._given_up: list[threading.Thread] = []
        self._lock = threading.Lock()

    @property
    def hung(self) -> int:
        """How many given-up threads have not come back yet."""
        with self._lock:
            self._given_up = [thread for thread in self._given_up if thread.is_alive()]
            return len(self._given_up)

    def start(self, work: Callable[[], object], name: str, *, always: bool = False) -> threading.Thread:
        """Run `work` in a thread of its own, with the caller's context variables.

        What ends something that has begun (an abort, a close) runs `always`: it is needed most when others hang, and
        there are no more of it than there were beginnings.

        Raises:
            Unavailable: when too many earlier threads hang.
        """
        if (hung := self.hung) >= self._hang_limit and not always:
            raise Unavailable.hanging(
                f"{hung} earlier calls to this store still hang; it is not asked again until one returns"
            )
        context = contextvars.copy_context()
        thread = threading.Thread(target=lambda: context.run(work), name=f"orlop-{name}", daemon=True)
        thread.start()
        return thread

    def give_up(self, thread: threading.Thread) -> None:
        """Count `thread` as hung until it ends."""
        with self._lock:
            self._given_up.append(thread)

    def call(
        self,
        work: Callable[[], T],
        *,
        seconds: float,
        name: str,
        late: Callable[[T], object] | None = None,
        always: bool = False,
    ) -> T:
        """Run `work` in another thread and return what it returns, or raise what it raises.

        When the caller does not wait to the end (deadline, KeyboardInterrupt) and `work` succeeds all the same, `late`
        gets the result in that thread: it undoes what nobody will ever hear of.

        Raises:
            Unavailable: when it takes longer than `seconds`.
        """
        job = _Job(work, late)
        thread = self.start(job.run, name, always=always)
        try:
            finished = job.finished.wait(seconds)
        except BaseException:
            job.disown()
            raise
        if not finished and job.leave():
            self.give_up(thread)
            raise Unavailable.hanging(f"no answer within {seconds:g} s")
        return job.outcome()


class _Job(Generic[T]):
    """One call under way: its result, and who is still interested in it."""

    def __init__(self, work: Callable[[], T], late: Callable[[T], object] | None) -> None:
        self._work = work
        self._late = late
        self._lock = threading.Lock()
        self._left = False
        self._result: list[T] = []
        self._error: BaseException | None = None
        self.finished = threading.Event()

    def run(self) -> None:
        try:
            result = self._work()
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that asked
            self._error = error
            self.finished.set()
            return
        with self._lock:
            self._result.append(result)
            self.finished.set()
            unheard = self._left
        if unheard and self._late is not None:
            self._late(result)

    def leave(self) -> bool:
        """Stop being interested; False when the result came first after all."""
        with self._lock:
            if self._result or self._error is not None:
                return False
            self._left = True
            return True

    def disown(self) -> None:
        """Stop being interested for good: a result that came first is undone here, a later one in its own thread."""
        if not self.leave() and self._result and self._late is not None:
            self._late(self._result[0])

    def outcome(self) -> T:
        if self._error is not None:
            raise self._error
        return self._result[0]
