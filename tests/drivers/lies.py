"""The lies of an HTTP backend, and of what is between: the table that `tests.drivers.sweep` goes through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from servers.http_faults import Fault


@dataclass(frozen=True)
class Request:
    """One request of an operation: the `nth` by this method whose target matches `pattern`."""

    method: str
    pattern: str
    nth: int


@dataclass(frozen=True)
class Lie:
    """What is told in place of the truth; `fault` says what happens, the sweep says to which request.

    always: to every such request from then on, not once. late: seconds of delay are filled in from the site.
    """

    name: str
    fault: Fault
    always: bool = False
    late: str = ""

    def told_to(self, request: Request, seconds: float) -> Fault:
        """The fault for one request of an operation."""
        times = None if self.always else 1
        delayed: dict[str, Any] = {self.late: seconds} if self.late else {}
        return replace(self.fault, method=request.method, path=request.pattern, nth=request.nth, times=times, **delayed)


PAGE = b"<html><body>Please log in.</body></html>"
NOTHING = (
    Lie("200 and nothing behind it", Fault(status=200)),
    Lie("200 and nothing behind it, always", Fault(status=200), always=True),
    Lie("200 and a login page", Fault(status=200, headers={"Content-Type": "text/html"}, body=PAGE)),
)
LOST = (
    Lie("the answer is lost after the deed", Fault(cut_head=0)),
    Lie("cut in the head of the answer", Fault(cut_head=25)),
    Lie("cut in the body of the answer", Fault(cut_answer=1)),
    Lie("500 after the deed", Fault(status=500, after=True)),
    Lie("500 after the deed, always", Fault(status=500, after=True), always=True),
)
LATE = (
    Lie("the answer is late", Fault(), late="lag"),
    Lie("the answer is late, always", Fault(), late="lag", always=True),
    Lie("the deed is late", Fault(), late="delay"),
    Lie("the deed is late, always", Fault(), late="delay", always=True),
)
REFUSED = (
    Lie("500", Fault(status=500)),
    Lie("500, always", Fault(status=500), always=True),
    Lie("503 with Retry-After", Fault(status=503, headers={"Retry-After": "1"})),
    Lie("400", Fault(status=400)),
    Lie("403", Fault(status=403)),
    Lie("404", Fault(status=404)),
    Lie("409", Fault(status=409)),
    Lie("412", Fault(status=412)),
    Lie("302", Fault(status=302, headers={"Location": "http://127.0.0.1:1/"})),
)
ENDLESS = (
    Lie("200 and an endless body", Fault(status=200, endless=True)),
    Lie("500 and an endless body", Fault(status=500, endless=True)),
)
LIES: tuple[Lie, ...] = (*NOTHING, *LOST, *LATE, *REFUSED, *ENDLESS)
"""The table. A driver adds what only its protocol can say, such as S3's 200 with an error in the body."""
