"""Writes what the glance_store of this interpreter looks like from outside, as JSON, into the file that is named.

Run in this package's parent folder, `python -m dump FILE`. It takes nothing but the standard library, oslo.config and
glance_store, for upstream's environment has nothing else. Each part is a table: a name, and the facts about it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from . import distribution, exceptions, names, options

Path(sys.argv[1]).write_text(
    json.dumps(names.table() | exceptions.table() | options.table() | distribution.table(), indent=1, sort_keys=True),
    encoding="utf-8",
)
