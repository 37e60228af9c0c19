"""`orlop cp` of large images from S3 to Swift and back, on real servers on this machine: seconds, and peak memory.

`python -m bench.moving` moves 6 GiB of known size that is a multiple of no part, and 2 GiB whose size nobody knows
beforehand, random throughout. Each command is a process of its own; the digests of the last copy must be those of what
went in. The disk has to hold the larger one twice; `--scale 0.1` moves a tenth of both.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from servers.juicefs import JuiceFS
from servers.swift import Swift

_ODD = 12_345
_MIB, _GIB = 1 << 20, 1 << 30
_CONFIGURATION = """
default_store = "s3"

[stores.s3]
driver = "s3"
endpoint = "{s3.endpoint}"
bucket = "images"
create_bucket = true
access_key = "{s3.access_key}"
secret_key = "{s3.secret_key}"

[stores.swift]
driver = "swift"
auth_url = "{url}/auth/v1.0"
auth_version = "1"
user = "{swift.user}"
key = "{swift.password}"
container = "images"
create_container = true
"""


def random_bytes(size: int) -> Iterator[bytes]:
    """So many random bytes, in pieces."""
    for at in range(0, size, _MIB):
        yield os.urandom(min(_MIB, size - at))


def orlop(folder: Path, *words: str, source: Iterable[bytes] = ()) -> dict[str, Any]:
    """Run a command of orlop; what it says, with its peak memory and time. `source` goes to its standard input."""
    command = [str(Path(sys.executable).parent / "orlop"), "--config", str(folder / "orlop.toml"), "--json", *words]
    begun = time.monotonic()
    with (folder / "out").open("w+") as out, (folder / "errors").open("w+") as errors:
        running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=errors)
        assert running.stdin is not None
        with suppress(BrokenPipeError), running.stdin:  # why it has ended is said below
            for piece in source:
                running.stdin.write(piece)
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if running.returncode:
            raise RuntimeError(f"{' '.join(words)}: {errors.read()[-2000:]}")
        print(
            f"  {' '.join(words)}: {time.monotonic() - begun:.0f} s, peak {usage.ru_maxrss / 1024:.0f} MiB", flush=True
        )
        said: dict[str, Any] = json.load(out)
    return said


def move(folder: Path, name: str, size: int, *, known: bool) -> None:
    """Put an image into S3, copy it to Swift and back, and compare; it is removed from everywhere."""
    digest = hashlib.sha256()

    def source() -> Iterator[bytes]:
        for piece in random_bytes(size):
            digest.update(piece)
            yield piece

    words = ["--size", str(size)] if known else []
    orlop(folder, "put", "-", "--id", name, "--store", "s3", *words, source=source())
    orlop(folder, "cp", name, "swift:", "--store", "s3")
    orlop(folder, "rm", "--yes", name, "--store", "s3")
    back = orlop(folder, "cp", name, "s3:", "--store", "swift")
    if (back["size"], back["digests"]["sha256"]) != (size, digest.hexdigest()):
        raise RuntimeError(f"what came back is another image: {back}")
    for store in ("s3", "swift"):
        orlop(folder, "rm", "--yes", name, "--store", store)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.moving", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="how much of the sizes named above (default 1)")
    scale = parser.parse_args().scale
    with tempfile.TemporaryDirectory(prefix="orlop-moving-") as name, JuiceFS() as s3, Swift() as swift:
        folder = Path(name)
        text = _CONFIGURATION.format(s3=s3.account, swift=swift.tempauth, url=swift.url.rstrip("/"))
        (folder / "orlop.toml").write_text(text)
        print("size known")
        move(folder, "known", int(6 * _GIB * scale) + _ODD, known=True)
        print("size unknown")
        move(folder, "unknown", int(2 * _GIB * scale), known=False)


if __name__ == "__main__":
    main()
