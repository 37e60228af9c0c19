"""Debian packages, installed when a server first needs them."""

import functools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.missing import Missing

_POLICY = Path("/usr/sbin/policy-rc.d")


def need(*packages: str) -> None:
    """Have these packages installed, or raise Missing."""
    absent = [package for package in packages if not _installed(package)]
    if not absent:
        return
    names = " ".join(absent)
    if shutil.which("apt-get") is None:
        raise Missing(f"needs the Debian package(s) {names}, and there is no apt-get here")
    if os.geteuid() != 0:
        raise Missing(f"needs the Debian package(s) {names}: as root, apt-get install {names}")
    with _services_kept_down():
        # An index that is fresh enough saves the update; one that is old or absent shows as a
        # failed install.
        if _apt_get("install", *absent) is not None:
            _apt_get("update")
            error = _apt_get("install", *absent)
            if error is not None:
                raise Missing(f"could not install the Debian package(s) {names}: {error}")
    _installed.cache_clear()


@functools.cache
def _installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return False
    query = ["dpkg-query", "--show", "--showformat", "${db:Status-Status}", package]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout.strip() == "installed"


def _apt_get(verb: str, *packages: str) -> str | None:
    """Return what went wrong, or None."""
    command = [
        "apt-get",
        "-q",
        "-y",
        "-o",
        "DPkg::Lock::Timeout=300",
        "--no-install-recommends",
        verb,
        *packages,
    ]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return None
    return (done.stderr or done.stdout).strip()[-500:]


@contextmanager
def _services_kept_down() -> Iterator[None]:
    """Keep packages from starting their own services, which would listen on every address.

    Debian's invoke-rc.d and deb-systemd-invoke ask this script; 101 means "not allowed".
    """
    if _POLICY.exists() or _POLICY.is_symlink():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)
