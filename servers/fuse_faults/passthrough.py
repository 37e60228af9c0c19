"""The file system's own process: -m servers.fuse_faults.passthrough ROOT MOUNT SOCKET_FD XATTRS SPACE NAMES.

On the inherited socket it reads JSON lines, each a list of rules to put in force, and answers each
with its counters. When the other side closes, or dies, it lets go what hangs, and unmounts: no hang
outlives its test.
"""

import importlib
import json
import os
import socket
import subprocess
import sys
import threading
from types import ModuleType

from servers.fuse_faults.operations import FOLDINGS, Operations
from servers.fuse_faults.rule import Rule, Rules


def main(root: str, mount: str, descriptor: str, *traits: str) -> None:
    """Serve until unmounted."""
    xattrs, space, names = traits
    fuse = _fusepy()
    rules = Rules()
    control = socket.socket(fileno=int(descriptor))
    threading.Thread(target=_obey, args=(control, rules, mount), daemon=True).start()
    operations = Operations(
        root, rules, fuse.fuse_get_context, xattrs=xattrs == "1", space=space == "1", folding=FOLDINGS[names]
    )
    # Nothing is remembered by the kernel, so that each call of the test arrives here.
    # default_permissions: the kernel checks the modes, as for any file system.
    fuse.FUSE(
        operations,
        mount,
        foreground=True,
        fsname="faults",
        use_ino=True,
        default_permissions=True,
        allow_other=os.geteuid() == 0,
        big_writes=True,
        max_write=131072,
        attr_timeout=0,
        entry_timeout=0,
        ac_attr_timeout=0,
    )


def _fusepy() -> ModuleType:
    """Return fusepy, which Debian names fusepy and PyPI fuse."""
    try:
        return importlib.import_module("fusepy")
    except ImportError:
        return importlib.import_module("fuse")


def _obey(control: socket.socket, rules: Rules, mount: str) -> None:
    with control, control.makefile("rw") as lines:
        try:
            for line in lines:
                told = json.loads(line)
                if told is not None:
                    rules.set([Rule(**rule) for rule in told])
                lines.write(json.dumps({"hanging": rules.hanging, "calls": rules.calls}) + "\n")
                lines.flush()
        finally:
            rules.set([])
            subprocess.run(["fusermount3", "-u", "-z", mount], check=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
