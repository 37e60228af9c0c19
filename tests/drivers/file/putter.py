"""A process of its own that puts its standard input into a file store: PATH ID.

It says the location, or the kind of error and its text.
"""

from __future__ import annotations

import sys
from pathlib import Path

from orlop.errors import StoreError

from tests.drivers.file.stores import file_store


def main(folder: str, image_id: str) -> None:
    try:
        said = file_store(Path(folder), block_size=65536).put(image_id, sys.stdin.buffer).location
    except StoreError as error:
        said = f"{type(error).__name__}: {error}"
    sys.stdout.write(said + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
