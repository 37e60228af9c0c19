"""What the demo works with: a bootable CD from a Debian package, and qemu-img."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from demo.stage import Stage, Unexpected

PACKAGE = "grub-rescue-pc"
INSIDE = "usr/lib/grub-rescue/grub-rescue-cdrom.iso"


def bootable_cd(stage: Stage) -> str:
    """The name of a bootable image in the demo's folder.

    It is taken out of the Debian package, which is not installed: nothing changes on this machine.
    """
    if own := os.environ.get("IMAGE"):
        link = stage.folder / "own.img"
        link.unlink(missing_ok=True)
        link.symlink_to(Path(own).expanduser().resolve())
        return link.name
    name = Path(INSIDE).name
    if not (stage.folder / name).is_file():
        package = _package(stage)
        stage.run(f"dpkg-deb --extract {package.name} unpacked")
        (stage.folder / "unpacked" / INSIDE).rename(stage.folder / name)
        shutil.rmtree(stage.folder / "unpacked")
    return name


def has_qemu_img() -> bool:
    """Whether there is a qemu-img; root installs it."""
    if shutil.which("qemu-img") is None and os.geteuid() == 0 and shutil.which("apt-get") is not None:
        print("(installing the Debian package qemu-utils)", flush=True)
        subprocess.run([".ci/install", "qemu-utils"], check=False)
    return shutil.which("qemu-img") is not None


def _package(stage: Stage) -> Path:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise Unexpected("this is no Debian; name an image of your own: make demo IMAGE=/path/to/an.iso")
    download = f"apt-get -q download {PACKAGE} 2>/dev/null"
    if not (stage.succeeds(download) or _download_with_own_lists(stage)):
        raise Unexpected(f"'apt-get download {PACKAGE}' does not work here; try make demo IMAGE=/path/to/an.iso")
    print(f"$ {download}", flush=True)
    return max(stage.folder.glob(f"{PACKAGE}_*.deb"))


def _download_with_own_lists(stage: Stage) -> bool:
    """For a machine whose package lists are empty: into lists of our own, which needs no root."""
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (stage.folder / "apt" / folder).mkdir(parents=True, exist_ok=True)
    apt = stage.folder / "apt"
    places = f"-o Dir::State={apt}/state -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache={apt}/cache"
    apt_get = f"apt-get -q {places} -o APT::Sandbox::User=root"
    return stage.succeeds(f"{apt_get} update && {apt_get} download {PACKAGE}")
