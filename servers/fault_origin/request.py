"""A request, as the origin saw it."""

import asyncio
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """A request line and its headers.

    headers:    names in lower case; of a name that repeats, the values joined by ", ".
    connection: the number of the connection, from 1: equal numbers mean that it was kept alive.
    """

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    connection: int = 0

    @property
    def length(self) -> int:
        """The length of the request's body."""
        return int(self.headers.get("content-length", "0"))

    @property
    def wants_close(self) -> bool:
        """Whether the client asks for the connection to be closed."""
        return self.headers.get("connection", "").lower() == "close"


async def read_request(reader: asyncio.StreamReader, connection: int) -> Request | None:
    """Read the next request, or None at the end of the connection."""
    line = await reader.readline()
    if not line.strip():
        return None
    method, target, _version = line.decode("latin-1").split()
    headers: dict[str, str] = {}
    while (raw := (await reader.readline()).decode("latin-1")).strip():
        name, _, value = raw.partition(":")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Request(method, target, headers, connection)
