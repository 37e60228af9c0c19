"""What a fault is for, and what it does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """Something that happens to certain requests.

    Which:
      method      only requests by this method
      path        only requests whose target, with its query, matches this regular expression somewhere
      header      only requests that have this header
      lacks       only requests that have none of these headers
      nth         from the so manieth of them on, from 1
      times       so many of them; None: all further ones
    In place of the server's answer (the request's body is read first):
      status      this status, with `headers` and `body`
      after       ask the server all the same, and answer so afterwards
      endless     the body never ends: `body` once and then spaces, in chunks, until the client closes the connection
    On the way to the server:
      cut_request the connection ends after so many bytes of the request's body
      delay       seconds before the request goes on
      up          bytes of the request's body a second
    On the way back:
      changed     headers of the answer that are replaced; None: taken away
      cut_head    the connection ends after so many bytes of the answer's head
      cut_answer  the connection ends after so many bytes of the answer's body
      down        bytes of the answer's body a second
      lag         seconds before the answer goes on
      flip        this byte of the answer's body, from 0, is inverted
    """

    method: str = ""
    path: str = ""
    header: str = ""
    lacks: tuple[str, ...] = ()
    nth: int = 1
    times: int | None = 1
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: bool = False
    endless: bool = False
    cut_request: int | None = None
    delay: float = 0
    up: float = 0
    changed: Mapping[str, str | None] = field(default_factory=dict)
    cut_head: int | None = None
    cut_answer: int | None = None
    down: float = 0
    lag: float = 0
    flip: int | None = None

    def concerns(self, method: str, target: str, headers: Mapping[str, str]) -> bool:
        """Whether a request is one of those that are counted; names of `headers` are in lower case."""
        return (
            self.method in {"", method}
            and re.search(self.path, target) is not None
            and (not self.header or self.header.lower() in headers)
            and not any(name.lower() in headers for name in self.lacks)
        )


WELL = Fault()
