"""Free TCP ports on 127.0.0.1."""

import socket

_given: set[int] = set()


def free_port() -> int:
    """Return a port which nobody listens on, and which was not returned before.

    Between this and the server's own bind another process may take it: a server that is told its
    port must be ready to try again with another.
    """
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in _given:
            _given.add(port)
            return port


def answers(port: int) -> bool:
    """Whether someone accepts connections on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
