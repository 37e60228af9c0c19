"""The threads in which a store's driver works, so that a hung backend cannot hang the caller.

A call into a dead NFS server or a silent socket may never return, and a thread in it cannot be ended. So driver code
runs in daemon threads and the caller waits for a bounded time. A thread that is given up is cancelled
(`orlop.cancellation`) and counts as hung until it comes back. Hung threads are counted by server: when `hang_limit` of
them wait for one server, the store answers `Unavailable` for that server at once instead of sacrificing another one.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from orlop.cancellation import Cancellation, within
from orlop.errors import Unavailable

T = TypeVar("T")

SERVERS = 16
"""The hang limit, times this, is how many threads of one store may hang in all, whatever the number of its servers."""


class Worker(threading.Thread):
    """A thread of driver calls to one server, with the caller's context variables, that can be cancelled."""

    def __init__(self, work: Callable[[], object], name: str, server: str) -> None:
        self.cancellation = Cancellation()
        self.server = server
        context = contextvars.copy_context()
        super().__init__(target=lambda: context.run(within, self.cancellation, work), name=f"orlop-{name}", daemon=True)


class Crew:
    """The working threads of one store, and of the stores that act for its users."""

    def __init__(self, hang_limit: int) -> None:
        self._hang_limit = hang_limit
        self._given_up: list[Worker] = []
        self._lock = threading.Lock()

    @property
    def hung(self) -> int:
        """How many given-up threads have not come back yet."""
        return len(self._hanging())

    def start(self, work: Callable[[], object], name: str, *, server: str = "", always: bool = False) -> Worker:
        """Run `work`, which calls `server`, in a thread of its own, with the caller's context variables.

        What ends something that has begun (an abort, a close) runs `always`: it is needed most when others hang, and
        there are no more of it than there were beginnings.

        Raises:
            Unavailable: when too many earlier threads hang, or the process can have no more threads.
        """
        if not always:
            self._require_room(server)
        worker = Worker(work, name, server)
        try:
            worker.start()
        except RuntimeError as error:
            raise Unavailable(f"no thread can be started for it: {error}") from error
        return worker

    def give_up(self, worker: Worker) -> None:
        """Cancel `worker`, and count it as hung until it ends."""
        with self._lock:
            if worker not in self._given_up:
                self._given_up.append(worker)
        worker.cancellation.cancel()

    def call(
        self,
        work: Callable[[], T],
        *,
        seconds: float,
        name: str,
        server: str = "",
        late: Callable[[T], object] | None = None,
        always: bool = False,
        cancel: bool = True,
    ) -> T:
        """Run `work` in another thread and return what it returns, or raise what it raises.

        When the caller does not wait to the end (deadline, KeyboardInterrupt), the call is cancelled. When `work`
        succeeds all the same, `late` gets the result in that thread: it undoes what nobody will ever hear of. Without
        `cancel` it goes on undisturbed, and has to have a limit of its own.

        Raises:
            Unavailable: when it takes longer than `seconds`.
        """
        job = _Job(work, late)
        try:
            worker = self.start(job.run, name, server=server, always=always)
        except Unavailable as error:
            if always and isinstance(error.__cause__, RuntimeError):
                return work()  # no thread can be had, as at the end of the process: then without a deadline
            raise
        try:
            finished = job.finished.wait(seconds)
        except BaseException:
            if job.disown() and cancel:
                self.give_up(worker)
            raise
        if not finished and job.leave():
            if cancel:
                self.give_up(worker)
            raise Unavailable.hanging(f"no answer within {seconds:g} s")
        return job.outcome()

    def _hanging(self) -> list[Worker]:
        with self._lock:
            self._given_up = [worker for worker in self._given_up if worker.is_alive()]
            return list(self._given_up)

    def _require_room(self, server: str) -> None:
        hanging = self._hanging()
        here = sum(worker.server == server for worker in hanging)
        if here >= self._hang_limit:
            whose = f"the server {server}" if server else "this store"
            raise Unavailable.hanging(
                f"{here} earlier calls to {whose} still hang; it is not asked again until one returns"
            )
        if len(hanging) >= self._hang_limit * SERVERS:
            raise Unavailable.hanging(
                f"{len(hanging)} earlier calls to several servers still hang; none is asked until one returns"
            )


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
        if unheard:
            self._undo(result)

    def leave(self) -> bool:
        """Stop being interested; False when the result came first after all."""
        with self._lock:
            if self._result or self._error is not None:
                return False
            self._left = True
            return True

    def disown(self) -> bool:
        """Stop being interested for good: a result that came first is undone here, a later one in its own thread.

        False when the call has come to its end.
        """
        if self.leave():
            return True
        if self._result:
            self._undo(self._result[0])
        return False

    def outcome(self) -> T:
        if self._error is not None:
            raise self._error
        return self._result[0]

    def _undo(self, result: T) -> None:
        if self._late is not None:
            late = self._late
            within(Cancellation(), lambda: late(result))  # the call was cancelled; what undoes it is not
