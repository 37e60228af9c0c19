"""Looking at the directories of a file store: what works there, what does not, and what to do about it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from orlop.capabilities import Capability
from orlop.drivers.file.blob import FileBlob
from orlop.drivers.file.cloning import share_blocks
from orlop.drivers.file.keeping import keep_in_attributes
from orlop.drivers.file.places import free_bytes, require_usable
from orlop.drivers.file.settings import Directory, FileSettings
from orlop.drivers.file.staging import Staged
from orlop.errors import Unavailable
from orlop.records import Finding, Severity

_WRITING = Capability.WRITE_ACCESS | Capability.DELETE
_LOW = 0.05
"""Below this share of free space an operator should hear of it."""


def inspect(settings: FileSettings) -> Sequence[Finding]:
    """What there is to say about each directory. Nothing stays behind."""
    findings: list[Finding] = []
    unwritable = unreadable = unclonable = 0
    for place in settings.places:
        try:
            require_usable(place)
            here, clones = _directory(place, settings)
        except Unavailable as error:
            findings.append(Finding(Severity.ERROR, error.reason))
            unwritable += 1
            unreadable += 1
            continue
        except OSError as error:
            where = error.filename or place.path
            findings.append(Finding(Severity.ERROR, f"{place.path} cannot be written: {error.strerror}: {where}"))
            unwritable += 1
            continue
        findings.extend(here)
        unclonable += not clones
    count = len(settings.places)
    lost = Capability.NONE
    if unwritable == count:
        lost |= _WRITING
    if unreadable == count:
        lost |= Capability.READ_ACCESS | Capability.READ_RANDOM | Capability.LIST | Capability.SPACE
    if unclonable == count - unwritable:
        lost |= Capability.COPY
    if lost & _WRITING:
        findings.append(Finding(Severity.ERROR, "no directory can be written to, see above", lost))
    elif lost:
        reason = "the file system cannot share blocks between files; copies within it move the data"
        findings.append(Finding(Severity.OK, reason, lost))
    return findings


def _directory(place: Directory, settings: FileSettings) -> tuple[list[Finding], bool]:
    if not place.path.is_dir():
        if place.mount_point is not None or place.marker is not None:
            raise Unavailable(f"there is no directory {place.path}; create it on the mounted file system")
        parent = next(folder for folder in place.path.parents if folder.exists())
        if not os.access(parent, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied", str(parent))
        return [Finding(Severity.OK, f"{place.path} is not there yet; the first image creates it")], True
    findings = []
    staged = Staged(place.path, "check", 0o600)
    try:
        with staged.using() as descriptor:
            os.pwrite(descriptor, b"orlop", 0)
            attributes = keep_in_attributes(descriptor, {"check": "orlop"})
            locks = _locks(staged.path)
        clones = _clones(place.path, staged.path)
    finally:
        staged.remove()
        staged.close()
    if settings.digests == "xattr" and not attributes:
        message = f'{place.path}: no extended attributes for digests; set digests = "auto"'
        findings.append(Finding(Severity.ERROR, message, Capability.WRITE_ACCESS | Capability.DIGESTS))
    if not locks:
        message = f"{place.path}: the file system cannot lock files; what dead uploads leave must be removed by hand"
        findings.append(Finding(Severity.WARNING, message))
    total = os.statvfs(place.path)
    size, free = total.f_blocks * total.f_frsize, free_bytes(place.path)
    room = f"{place.path}: {free / 2**30:.1f} GiB of {size / 2**30:.1f} GiB are free"
    if total.f_files and total.f_favail == 0:
        findings.append(Finding(Severity.ERROR, f"{place.path}: no inodes are left; delete files or images"))
    elif free < size * _LOW:
        findings.append(Finding(Severity.WARNING, f"{room}; delete images or add a directory"))
    else:
        findings.append(Finding(Severity.OK, f"{room}, writable"))
    return findings, clones


def _locks(staged: Path) -> bool:
    """Whether the lock on a staged file is seen by others."""
    descriptor = os.open(staged, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    else:
        return False
    finally:
        os.close(descriptor)


def _clones(folder: Path, original: Path) -> bool:
    """Whether files in this directory can share blocks."""
    blob = FileBlob(original, 4096)
    copy = Staged(folder, "check", 0o600)
    try:
        with copy.using() as descriptor:
            return share_blocks(blob.descriptor, descriptor)
    finally:
        copy.remove()
        copy.close()
        blob.close()
