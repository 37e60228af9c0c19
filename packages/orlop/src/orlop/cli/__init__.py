"""The command line `orlop`: one file per command, and what they share.

Results go to stdout and nothing else does; messages, errors and progress go to stderr. With `--json` a command writes
one JSON document. `exit_codes.py` is the table of exit codes. Commands are imported when they are run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (`sys.argv` when none is given) and return its exit code."""
    from orlop.cli.application import run  # noqa: PLC0415 - `import orlop.cli` stays free of the command line's parser

    return run(list(sys.argv[1:] if arguments is None else arguments))
