"""The status line and headers of an answer."""

from dataclasses import dataclass
from http import HTTPStatus

from servers.fault_origin.content import Content
from servers.fault_origin.faults import Faults
from servers.fault_origin.request import Request


@dataclass
class Head:
    """An answer up to its body.

    start, length: the part of the content that is the body.
    has_body:      there is a body, be it empty.
    close:         the connection ends with this answer.
    """

    status: int
    headers: list[str]
    start: int = 0
    length: int = 0
    has_body: bool = False
    close: bool = False

    def raw(self) -> bytes:
        """Return the bytes on the wire."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Fault"
        return "\r\n".join([f"HTTP/1.1 {self.status} {phrase}", *self.headers, "", ""]).encode("latin-1")


def bare(status: int, *headers: str) -> Head:
    """Return an answer without a body."""
    return Head(status, ["Content-Length: 0", *headers])


def choose(request: Request, content: Content, faults: Faults, etag: str) -> Head:
    """Return the answer to a request."""
    if request.method not in {"GET", "HEAD"}:
        return bare(faults.status or 201)
    if request.method == "HEAD" and faults.nohead:
        return bare(405, "Allow: GET")
    if faults.status >= 300:
        return _failure(faults)
    return _success(request, content, faults, etag)


def _failure(faults: Faults) -> Head:
    """Return the answer for status=."""
    head = bare(faults.status, *faults.header)
    if faults.retry_after:
        head.headers.append(f"Retry-After: {faults.retry_after}")
    if faults.location:
        head.headers.append(f"Location: {faults.location}")
    return head


def _success(request: Request, content: Content, faults: Faults, etag: str) -> Head:
    """Return the head of an answer with content."""
    head = Head(faults.status or 200, ["Content-Type: application/octet-stream"], 0, content.length)
    head.headers += faults.header
    if etag:
        head.headers.append(f'ETag: "{etag}"')
    if faults.modified:
        head.headers.append(f"Last-Modified: {faults.modified}")
    if faults.gzip:
        head.headers.append("Content-Encoding: gzip")
    if not faults.norange:
        head.headers.append("Accept-Ranges: bytes")
        if not _take_range(head, request, content, faults, etag):
            return bare(416, f"Content-Range: bytes */{content.length}")
    _frame(head, faults)
    return head


def _take_range(head: Head, request: Request, content: Content, faults: Faults, etag: str) -> bool:
    """Narrow the answer to the request's range; False if there are no such bytes."""
    if request.headers.get("if-range", f'"{etag}"') != f'"{etag}"':
        return True  # the content is another now: all of it
    unit, _, span = request.headers.get("range", "").partition("=")
    first, dash, last = span.partition("-")
    if unit != "bytes" or not dash or not (first + last).isdecimal():
        return True  # none, or several, which a server may answer with everything
    if first:
        start = int(first)
        end = min(int(last) + 1, content.length) if last else content.length
    else:
        start, end = max(0, content.length - int(last)), content.length
    if start >= end:
        return False
    head.status, head.start, head.length = 206, start, end - start
    shift = 1 if faults.badrange == "shift" else 0
    said = f"bytes {start + shift}-{end - 1 + shift}/{content.length}"
    if faults.badrange not in {None, "shift"}:
        said = faults.badrange or ""
    if said:
        head.headers.append(f"Content-Range: {said}")
    return True


def _frame(head: Head, faults: Faults) -> None:
    """Say how long the body is, truly or not."""
    head.has_body = True
    if faults.chunked or faults.badchunk is not None:
        head.headers.append("Transfer-Encoding: chunked")
    elif faults.nolength:
        head.headers.append("Connection: close")
        head.close = True
    else:
        said = head.length if faults.length is None else faults.length
        head.headers.append(f"Content-Length: {said}")
        # After a wrong length the next answer would not be found; the client is not warned of the
        # end.
        head.close = faults.length is not None or bool(faults.extra)
