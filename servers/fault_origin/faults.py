"""The faults that a URL can ask for."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Self, get_type_hints
from urllib.parse import parse_qsl, urlencode


@dataclass(frozen=True)
class Faults:
    """The parameters of a URL's query, by the same names; without any, all is well.

    When:
      times=K         only the first K requests meet the faults; 0: all do
      after=K         the first K requests are served well, and are not counted by times
      only=GET        only requests by this method meet the faults and are counted
      key=TEXT        URLs with the same key share the count; by default each URL has its own
    Before the body:
      hangup=1        close in place of an answer (with reset=1: RST)
      delay=T         seconds before the status line
      status=S        answer S. From 300 on: with an empty body
      retry_after=T   header Retry-After (seconds, or a date)
      location=URL    header Location
      nohead=1        405 to HEAD
      headcut=N       close after N bytes of the head
      norange=1       200 and everything to a Range
      badrange=TEXT   in a 206, Content-Range: TEXT; "shift": one byte off; empty: no such header
    Headers:
      length=TEXT     Content-Length: TEXT, whatever the body
      nolength=1      no Content-Length; the body ends with the connection
      chunked=1       Transfer-Encoding: chunked
      etag=X          ETag "X"; with etag_after=K, from request K+1 on "etag_then"
      modified=DATE   Last-Modified
      gzip=1          Content-Encoding: gzip, asked for or not
      header=N:V      header N with value V; may repeat
    In the body:
      cut=N           end the connection after N body bytes, by FIN; with reset=1, by RST
      stall=N         after N body bytes say nothing for stall_for seconds
      rate=N          bytes a second
      corrupt=N       byte N of the whole is flipped
      extra=N         N bytes more than Content-Length says, then close
      badchunk=N      after N bytes, garbage in place of a chunk's size
    """

    times: int = 0
    after: int = 0
    only: str = ""
    key: str = ""
    hangup: bool = False
    reset: bool = False
    delay: float = 0
    status: int = 0
    retry_after: str = ""
    location: str = ""
    nohead: bool = False
    headcut: int | None = None
    norange: bool = False
    badrange: str | None = None
    length: str | None = None
    nolength: bool = False
    chunked: bool = False
    etag: str = ""
    etag_then: str = "changed"
    etag_after: int | None = None
    modified: str = ""
    gzip: bool = False
    header: tuple[str, ...] = ()
    cut: int | None = None
    stall: int | None = None
    stall_for: float = 3600
    rate: float = 0
    corrupt: int | None = None
    extra: int = 0
    badchunk: int | None = None

    @classmethod
    def from_query(cls, query: str) -> Self:
        """Read a URL's query; ValueError for what is not known: a slip must not pass as well."""
        values: dict[str, Any] = {}
        headers: list[str] = []
        for name, text in parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)):
            if name not in _READERS:
                raise ValueError(f"no such parameter: {name}")
            if name == "header":
                headers.append(text)
            else:
                values[name] = _READERS[name](text)
        return cls(header=tuple(headers), **values)

    def query(self) -> str:
        """Return the query that says these faults."""
        pairs: list[tuple[str, str]] = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value == field.default:
                continue
            texts = value if isinstance(value, tuple) else (value,)
            pairs += [(field.name, "1" if text is True else str(text)) for text in texts]
        return urlencode(pairs)

    def well(self) -> "Faults":
        """Return what is served when it is not the faults' turn: the same content, faultless."""
        return Faults(
            key=self.key,
            etag=self.etag,
            etag_then=self.etag_then,
            etag_after=self.etag_after,
            modified=self.modified,
            header=self.header,
        )


def _switch(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError(f"not 0 or 1: {text!r}")
    return text == "1"


_BY_TYPE: dict[object, Callable[[str], object]] = {
    int: int,
    float: float,
    bool: _switch,
    str: str,
    int | None: int,
    str | None: str,
    tuple[str, ...]: str,
}
_READERS = {name: _BY_TYPE[kind] for name, kind in get_type_hints(Faults).items()}
