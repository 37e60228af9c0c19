"""A service's own command for its database, run to its end before the service starts."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from servers.process import StartError

_TAIL = 4000


def manage(command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a command in the folder of its log; if it fails, StartError shows the end of that."""
    told = {**os.environ, "PYTHONWARNINGS": "ignore", **(environment or {})}
    with log.open("ab") as file:
        done = subprocess.run(
            command, env=told, cwd=log.parent, stdin=subprocess.DEVNULL, stdout=file, stderr=file, check=False
        )
    if done.returncode:
        raise StartError(f"{Path(command[0]).name} failed; its log:\n{log.read_text(errors='replace')[-_TAIL:]}")
