"""A process of its own that puts its standard input into a file store: PATH ID [CALL].

It says the location, or the kind of error and its text. Given the name of a function of `os`, it says "reached" when
the store first calls it, and stands still there.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from orlop.errors import StoreError

from tests.drivers.file.stores import file_store


def main(folder: str, image_id: str, call: str = "") -> None:
    if call:
        setattr(os, call, _stand_still)
    try:
        said = file_store(Path(folder), block_size=65536, fsync=True).put(image_id, sys.stdin.buffer).location
    except StoreError as error:
        said = f"{type(error).__name__}: {error}"
    sys.stdout.write(said + "\n")


def _stand_still(*_: Any, **__: Any) -> None:
    sys.stdout.write("reached\n")
    sys.stdout.flush()
    time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
