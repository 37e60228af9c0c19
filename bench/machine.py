"""What machine this is."""

from __future__ import annotations

import os
import platform
import ssl
from pathlib import Path


def describe(folder: Path) -> list[str]:
    """The machine in a few lines."""
    cpu = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return [
        f"{os.cpu_count()} processors ({cpu}), {memory / 2**20:.0f} GiB of memory",
        f"Linux {platform.release()}, Python {platform.python_version()}, {_openssl()}",
        f"images and stores on {_filesystem(folder)}; the images are in the page cache",
    ]


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines()


def _openssl() -> str:
    return ssl.OPENSSL_VERSION


def _filesystem(folder: Path) -> str:
    best, kind = "", "?"
    for line in _lines("/proc/mounts"):
        _, mount, system, *_ = line.split()
        if folder.is_relative_to(mount) and len(mount) > len(best):
            best, kind = mount, system
    return kind
