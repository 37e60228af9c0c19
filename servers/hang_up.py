"""Ending a connection so that the other side has all bytes sent so far."""

import array
import asyncio
import contextlib
import fcntl
import socket
import struct
import time

_SIOCOUTQ = 0x5411  # linux/sockios.h (= TIOCOUTQ): bytes that the other side has not acknowledged


async def reset(writer: asyncio.StreamWriter, patience: float = 5) -> None:
    """End the connection with RST, once the other side has got what was written."""
    connection: socket.socket = writer.get_extra_info("socket")
    end = time.monotonic() + patience
    # A RST throws away what is still in the buffers, asyncio's and the kernel's.
    while time.monotonic() < end and not writer.transport.is_closing():
        if writer.transport.get_write_buffer_size() == 0 and _unacknowledged(connection) == 0:
            break
        await asyncio.sleep(0.002)
    abort(writer)


async def finish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience: float = 1) -> None:
    """End the connection with FIN, also when the other side has sent, or still sends, something."""
    if writer.can_write_eof():  # TLS cannot
        writer.write_eof()
    # To close with bytes unread would be a RST: take what comes until the other side closes too.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while await reader.read(1 << 16):
                pass


def abort(writer: asyncio.StreamWriter) -> None:
    """End the connection with RST now."""
    connection: socket.socket = writer.get_extra_info("socket")
    if connection.fileno() >= 0:
        # Linger for no time: close() then sends RST in place of FIN.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _unacknowledged(connection: socket.socket) -> int:
    if connection.fileno() < 0:
        return 0
    count = array.array("i", [0])
    fcntl.ioctl(connection.fileno(), _SIOCOUTQ, count)
    return count[0]
