"""The simulation itself."""

from servers.ports import answers, free_port
from servers.process import Process, StartError
from servers.s3_account import S3Account
from servers.server import Server
from servers.venvs import environment

REQUIREMENTS = ("moto[server]==5.2.5",)
_TRIES = 3


class Moto(Server):
    """An S3 server on 127.0.0.1 that keeps its objects in memory, and believes every signature.

    account: anybody. It has `If-None-Match`, versions, and AWS's limits of parts, and it does not check checksums.
    """

    def __init__(self) -> None:
        super().__init__()
        self.version = f"moto {REQUIREMENTS[0].partition('==')[2]}"

    def _start(self) -> None:
        program = environment("moto", REQUIREMENTS) / "bin" / "moto_server"
        for attempt in range(1, _TRIES + 1):
            self.port = free_port()
            command = [program, "-H", "127.0.0.1", "-p", str(self.port)]
            try:
                self._start_part(Process(command, ready=lambda: answers(self.port), grace=2))
                break
            except StartError:
                # Between choosing a port and listening on it, another process may have taken it.
                if attempt == _TRIES:
                    raise
        self.account = S3Account(f"http://127.0.0.1:{self.port}", "anybody", "anything")
