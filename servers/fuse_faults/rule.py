"""Rules: which calls meet which fault. Shared by the test and by the file system's own process."""

import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass

# A caller that hangs cannot be killed, and whoever waits for it, perhaps for the lock of the folder
# in which it makes a file, cannot be either, the test itself included. So no hang is for ever.
LONGEST_HANG = 30.0


@dataclass(frozen=True)
class Rule:
    """A fault of a file system, for some of its calls.

    operation: the call, by FUSE's names: getattr readdir open create read write truncate flush
               fsync release rename link symlink readlink unlink mkdir rmdir fsyncdir statfs chmod
               chown utimens getxattr setxattr listxattr removexattr; empty: each.
    path:      only paths that begin so, seen from the root: "/folder/". Of rename and link, either
               path.
    after:     the first so many calls are served well.
    times:     only so many calls meet the fault; 0: all.
    sleep:     seconds before the call.
    hang:      the call does not come back until the rules are changed; the caller cannot even be
               killed.
    errno:     the call fails with this, and is not carried out; 0: it is carried out.
    """

    operation: str = ""
    path: str = "/"
    after: int = 0
    times: int = 0
    sleep: float = 0
    hang: bool = False
    errno: int = 0

    def concerns(self, operation: str, paths: tuple[str, ...]) -> bool:
        """Whether the rule is about this call."""
        return self.operation in {"", operation} and any(p.startswith(self.path) for p in paths)

    def as_json(self) -> dict[str, str | int | float | bool]:
        """Return what makes an equal rule by Rule(**...)."""
        return asdict(self)


class Rules:
    """The rules in force, and how often each was met; for many threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rules: list[Rule] = []
        self._met: list[int] = []
        self._generation = 0
        self.calls: Counter[str] = Counter()
        self.hanging = 0

    def set(self, rules: list[Rule]) -> None:
        """Put rules in force in place of those before, and let go what hangs."""
        with self._changed:
            self._rules = rules
            self._met = [0] * len(rules)
            self._generation += 1
            self._changed.notify_all()

    def meet(self, operation: str, paths: tuple[str, ...]) -> None:
        """Let a call meet its fault: come back late, or not until later, or raise OSError."""
        with self._changed:
            self.calls[operation] += 1
            rule = self._choose(operation, paths)
            if rule is not None and rule.hang:
                now = self._generation
                self.hanging += 1
                self._changed.wait_for(lambda: self._generation != now, LONGEST_HANG)
                self.hanging -= 1
        if rule is not None:
            time.sleep(rule.sleep)
            if rule.errno:
                raise OSError(rule.errno, "a fault")

    def _choose(self, operation: str, paths: tuple[str, ...]) -> Rule | None:
        """Return the first rule whose turn it is; each that is about the call counts it."""
        chosen = None
        for index, rule in enumerate(self._rules):
            if rule.concerns(operation, paths):
                self._met[index] += 1
                late = rule.times and self._met[index] > rule.after + rule.times
                if chosen is None and self._met[index] > rule.after and not late:
                    chosen = rule
        return chosen
