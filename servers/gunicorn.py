"""A WSGI application under gunicorn, as OpenStack's services are run here."""

import http.client
import os
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from servers.process import Process


def listener(undo: ExitStack) -> socket.socket:
    """Return a socket that listens on a free port of 127.0.0.1.

    The port is known before the service starts, which needs it in its configuration, and nobody can take it meanwhile.
    Close the socket once the service has it: as long as it is open here too, clients of a dead service wait.
    """
    return undo.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))


def gunicorn(
    venv: Path,
    application: str,
    on: socket.socket,
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    ready: str = "/",
) -> Process:
    """Return the process that serves `application`, to be started; it is ready when it answers at the path `ready`.

    It has one worker, as sqlite demands, and eight threads. Its logs are in `folder`: what it prints in gunicorn.log,
    the requests in access.log.
    """
    command: list[str | Path] = [
        venv / "bin" / "gunicorn",
        "--no-control-socket",  # which would be one for all of this user's
        "--workers=1",
        "--threads=8",
        "--timeout=600",
        "--graceful-timeout=5",
        f"--bind=fd://{on.fileno()}",
        f"--chdir={folder}",
        "--access-logfile=access.log",
        application,
    ]
    port = on.getsockname()[1]
    return Process(
        command,
        folder=folder,
        environment={**os.environ, "PYTHONWARNINGS": "ignore", **(environment or {})},
        ready=lambda: _answers(port, ready),
        deadline=90,
        pass_fds=[on.fileno()],
    )


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    finally:
        connection.close()
