"""The command `openstack`, as users of a cloud have it."""

import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.keystone import Account
from servers.venvs import environment

REQUIREMENTS = ("python-openstackclient==10.5.0",)


class CommandError(Exception):
    """The command failed; the message holds what it said."""


class OpenStack:
    """Runs `openstack` for an account; what `--debug` tells of each command is in a file of `logs`."""

    def __init__(self, account: Account, logs: Path) -> None:
        self._program = environment("openstackclient", REQUIREMENTS) / "bin" / "openstack"
        self._account = account
        self._folder = logs

    @property
    def logs(self) -> list[Path]:
        return sorted(self._folder.iterdir())

    def __call__(self, *words: str | Path) -> str:
        """Run a command, and return what it prints."""
        log = self._folder / f"openstack-{len(self.logs)}.log"
        with log.open("wb") as errors, _terminal() as terminal:
            done = subprocess.run(
                [self._program, "--debug", *words],
                # On anything else than a terminal `image create` waits for an image.
                stdin=terminal,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**_without_openstack(), **self._account.environment(), "PYTHONWARNINGS": "ignore"},
                check=False,
            )
        if done.returncode:
            raise CommandError(f"openstack {' '.join(map(str, words))}: {log.read_text(errors='replace')[-2000:]}")
        return done.stdout.decode()


@contextmanager
def _terminal() -> Iterator[int]:
    ours, theirs = pty.openpty()
    try:
        yield theirs
    finally:
        os.close(ours)
        os.close(theirs)


def _without_openstack() -> dict[str, str]:
    """Return the environment without what the user's own cloud wants."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
