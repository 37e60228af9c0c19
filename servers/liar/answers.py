"""Answers of HTTP, as the bytes on the wire."""

from collections.abc import Callable

Answer = Callable[[str, dict[str, str]], bytes]
"""Gives the bytes of the answer to a request: its method, and its headers by their names in lower case."""


def head(status: int, *headers: str) -> bytes:
    """The head of an answer."""
    return "\r\n".join([f"HTTP/1.1 {status} Said", *headers, "", ""]).encode("latin-1")


def honest(data: bytes, *headers: str) -> Answer:
    """What a server with ranges answers that tells the truth."""

    def answer(method: str, asked: dict[str, str]) -> bytes:
        first, last = _span(asked, len(data))
        if first is None:
            said = head(200, f"Content-Length: {len(data)}", "Accept-Ranges: bytes", *headers)
            return said if method == "HEAD" else said + data
        if first >= len(data):
            return head(416, f"Content-Range: bytes */{len(data)}", "Content-Length: 0")
        part = data[first : last + 1]
        told = f"Content-Range: bytes {first}-{first + len(part) - 1}/{len(data)}"
        return head(206, told, f"Content-Length: {len(part)}", *headers) + part

    return answer


def _span(asked: dict[str, str], size: int) -> tuple[int | None, int]:
    """The first and the last byte that a request asks for; None: all."""
    text = asked.get("range")
    if text is None:
        return None, size - 1
    first, _, last = text.removeprefix("bytes=").partition("-")
    return int(first), int(last) if last else size - 1
