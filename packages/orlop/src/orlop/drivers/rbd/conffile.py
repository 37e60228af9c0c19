"""Looking at ceph.conf and keyrings before librados does.

librados ends the whole process at a byte order mark, or at a letter that is not ASCII outside of a comment (an
assertion of its parser, seen with Ceph 16.2), and waits for ever for a pipe. It reads the keyring as soon as ceph.conf.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from orlop.errors import InvalidSettings

_LONGEST = 1 << 20
"""Bytes; no file of these is larger."""
_KEYRING = re.compile(r"\s*keyring\s*=\s*([^#;]*)", re.IGNORECASE)
_USUAL = "/etc/ceph/$cluster.$name.keyring,/etc/ceph/$cluster.keyring,/etc/ceph/keyring,/etc/ceph/keyring.bin"
_COMMENTS = (b"#", b";")


def require_readable(conf: Path, user: str) -> None:
    """Have it that librados can read a configuration, and the keyrings in it.

    Raises:
        InvalidSettings: it cannot.
    """
    data = _read(conf, "conf")
    found = [one[1] for line in data.decode(errors="replace").splitlines() if (one := _KEYRING.match(line))]
    for name in ",".join(found or [_USUAL]).split(","):
        path = name.strip(" \t\"'")
        for word, value in (("cluster", "ceph"), ("name", f"client.{user}"), ("type", "client"), ("id", user)):
            path = path.replace(f"${word}", value).replace(f"${{{word}}}", value)
        if path and os.path.lexists(path):
            _read(Path(path), "conf: its keyring")


def _read(path: Path, setting: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise InvalidSettings(f"{setting}: there is no configuration of Ceph at {path}") from error
    except (OSError, ValueError) as error:
        raise InvalidSettings(f"{setting}: {path} cannot be read: {error}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InvalidSettings(f"{setting}: {path} is not a file")
    with open(descriptor, "rb") as file:
        data = file.read(_LONGEST + 1)
    if len(data) > _LONGEST:
        raise InvalidSettings(f"{setting}: {path} is no configuration of Ceph: it is larger than a mebibyte")
    for number, line in enumerate(data.splitlines(), 1):
        if b"\0" in line or not (line.isascii() or line.lstrip().startswith(_COMMENTS)):
            raise InvalidSettings(
                f"{setting}: line {number} of {path} is not ASCII (a byte order mark, an accent), at which Ceph "
                "ends the whole process; remove it"
            )
    return data
