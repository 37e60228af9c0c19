"""The simulation itself."""

import os
import socket
from pathlib import Path

from servers.gunicorn import listener
from servers.process import Process
from servers.s3_account import S3Account
from servers.server import Server
from servers.venvs import environment

REQUIREMENTS = ("moto[server]==5.2.5",)
_LAUNCH = Path(__file__).with_name("launch.py")


class Moto(Server):
    """An S3 server on 127.0.0.1 that keeps its objects in memory, and believes every signature.

    account: anybody. It has `If-None-Match`, versions, and AWS's limits of parts, and it does not check checksums.

    least_part: bytes that every part but the last must have; 5 MiB is AWS's own limit.
    """

    def __init__(self, least_part: int = 5 * 1024 * 1024) -> None:
        super().__init__()
        self._least_part = least_part
        self.version = f"moto {REQUIREMENTS[0].partition('==')[2]}"

    def _start(self) -> None:
        python = environment("moto", REQUIREMENTS) / "bin" / "python"
        on = listener(self._undo)
        self.port: int = on.getsockname()[1]
        command: list[str | Path] = [python, _LAUNCH, str(on.fileno())]
        known = {**os.environ, "S3_UPLOAD_PART_MIN_SIZE": str(self._least_part)}
        process = Process(command, environment=known, ready=self._answers, grace=2, pass_fds=[on.fileno()])
        self._start_part(process)
        on.close()
        self.account = S3Account(f"http://127.0.0.1:{self.port}", "anybody", "anything")

    def _answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as client:
            client.sendall(b"GET /moto-api/ HTTP/1.0\r\n\r\n")
            return bool(client.recv(1))
