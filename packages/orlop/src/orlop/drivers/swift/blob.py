"""One image in Swift, opened for reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import requests

from orlop.driver import Blob
from orlop.drivers.swift.client import Client
from orlop.drivers.swift.layout import SIZE, UPLOAD
from orlop.drivers.swift.manifest import DYNAMIC, STATIC, etag_of, md5
from orlop.drivers.swift.times import natural
from orlop.errors import BackendError, Unavailable

PIECE = 256 * 1024
"""Bytes that one read of the socket may give."""

_LANES_FROM = 16 * 1024 * 1024
"""Bytes of an image from which on several ranges at once are worth their requests."""


_NOTHING = md5(b"")


@dataclass(frozen=True, slots=True)
class Source:
    """What a HEAD says of an image."""

    container: str
    name: str
    etag: str
    size: int
    static: bool
    dynamic: bool
    mark: str | None

    @classmethod
    def of(cls, container: str, name: str, headers: requests.structures.CaseInsensitiveDict[str]) -> Source:
        """The source that a HEAD's headers tell of.

        Raises:
            Unavailable: they do not say that there is an image, or how large it is: something on the way has answered.
                Read by what it says, the image would be empty.
        """
        static, dynamic = headers.get(STATIC, "").lower() == "true", DYNAMIC in headers
        etag, length = etag_of(headers), natural(headers.get("Content-Length", ""))
        kept = natural(headers.get(SIZE, ""))
        size = kept if kept is not None else length
        where = f"{container}/{name}"
        if size is None or (length is None and not dynamic):
            raise Unavailable(f"the server does not say how large {where} is")
        if not dynamic:  # of dynamic ones both are as right as a listing
            if not etag:
                raise Unavailable(f"the server gives {where} no ETag, which every object has")
            if size != length or (not size and not static and etag != _NOTHING):
                raise Unavailable(f"the server says that {where} has {length} bytes, which its ETag and metadata deny")
        return cls(container, name, etag, size, static, dynamic, headers.get(UPLOAD))


class SwiftBlob(Blob):
    """Every request is for the very object that was opened; safe in many threads."""

    def __init__(self, client: Client, source: Source) -> None:
        self.client = client
        self.source = source
        self.size = source.size
        self.lanes = client.settings.read_lanes if source.size >= _LANES_FROM else 1

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = self.source.size if stop is None else min(stop, self.source.size)
        if start >= end:
            return
        answer = self._ask(start, end)
        done, due = 0, end - start
        try:
            while done < due:
                piece = answer.raw.read1(min(PIECE, due - done), decode_content=False)
                if not piece:
                    raise Unavailable(f"the server ended its answer after {done} of {due} bytes")
                done += len(piece)
                yield piece
            # What is left is the end of the answer; then the connection can be used again.
            answer.raw.read1(1, decode_content=False)
        finally:
            answer.close()
            answer.raw.release_conn()

    def _ask(self, start: int, end: int) -> requests.Response:
        """The answer with these bytes.

        Raises:
            BackendError: it is of another object, or of other bytes.
        """
        source = self.source
        whole = start == 0 and end == source.size
        headers = {} if whole else {"Range": f"bytes={start}-{end - 1}"}
        answer = self.client.ask("GET", source.container, source.name, headers=headers, stream=True)
        problem = None
        if (etag := etag_of(answer.headers)) != source.etag and not source.dynamic:
            problem = f"the image is another one now: its ETag is {etag!r}, and was {source.etag!r}"
        elif not whole and answer.headers.get("Content-Range") != f"bytes {start}-{end - 1}/{source.size}":
            problem = (
                f"the server sent {answer.headers.get('Content-Range', 'everything')!r}, not bytes {start}-{end - 1} "
                f"of {source.size}"
            )
        elif whole and answer.headers.get("Content-Length", str(end)) != str(end):
            problem = f"the server sent {answer.headers['Content-Length']} bytes, and the image has {end}"
        elif answer.status_code != (200 if whole else 206):
            problem = f"the server answered {answer.status_code} to a request for bytes {start} to {end}"
        if problem is not None:
            answer.close()
            raise BackendError(problem)
        return answer
