"""Looking at the directories of a file store: what works there, what does not, and what to do about it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from orlop.capabilities import Capability
from orlop.drivers.file import faults
from orlop.drivers.file.blob import FileBlob
from orlop.drivers.file.cloning import share_blocks
from orlop.drivers.file.guards import require_usable
from orlop.drivers.file.keeping import keep_in_attributes
from orlop.drivers.file.names import staged_name
from orlop.drivers.file.places import free_bytes, lacking_search
from orlop.drivers.file.publishing import publish
from orlop.drivers.file.settings import Directory, FileSettings
from orlop.drivers.file.staging import Staged
from orlop.errors import PermissionDenied, Unavailable, Unsupported
from orlop.records import Finding, Severity

_WRITING = Capability.WRITE_ACCESS | Capability.DELETE
_LOW = 0.05
"""Below this share of free space an operator should hear of it."""


@dataclass(slots=True)
class _Trial:
    """What a file written in a directory has shown."""

    attributes: bool = False
    locks: bool = False
    clones: bool = False
    refusal: str = ""


def inspect(settings: FileSettings) -> Sequence[Finding]:
    """What there is to say about each directory. Nothing stays behind.

    Only what lasts takes capabilities away: a directory that is full or not mounted now may be right again at any time.
    """
    findings: list[Finding] = []
    refusals = 0
    trials: list[_Trial] = []
    for place in settings.places:
        try:
            require_usable(place)
            if not place.path.is_dir():
                findings.append(_not_there_yet(place))
                continue
            findings.append(_room(place))
            trial = _try(place.path)
            trials.append(trial)
            findings.extend(_shown(place, settings, trial))
        except Unavailable as error:
            findings.append(Finding(Severity.ERROR, error.reason))
        except OSError as error:
            where = error.filename or place.path
            findings.append(Finding(Severity.ERROR, f"{place.path} cannot be written to: {error.strerror}: {where}"))
            refusals += faults.meaning(error) is PermissionDenied
    if refusals == len(settings.places):
        findings.append(Finding(Severity.ERROR, "no directory can be written to, see above", _WRITING))
    if trials and not any(trial.clones for trial in trials):
        reason = "the file system cannot share blocks between files; copies within it move the data"
        findings.append(Finding(Severity.OK, reason, Capability.COPY))
    return findings


def _not_there_yet(place: Directory) -> Finding:
    parent = next(folder for folder in place.path.parents if folder.exists())
    if not os.access(parent, os.W_OK | os.X_OK):
        raise PermissionError(13, "Permission denied", str(parent))
    return Finding(Severity.OK, f"{place.path} is not there yet; the first image creates it")


def _room(place: Directory) -> Finding:
    status = os.statvfs(place.path)
    size, free = status.f_blocks * status.f_frsize, free_bytes(place.path)
    room = f"{place.path}: {free / 2**30:.1f} GiB of {size / 2**30:.1f} GiB are free"
    if status.f_files and status.f_favail == 0:
        return Finding(Severity.ERROR, f"{place.path}: no inodes are left; delete files or images")
    if free < size * _LOW:
        return Finding(Severity.WARNING, f"{room}; delete images or add a directory")
    return Finding(Severity.OK, room)


def _try(folder: Path) -> _Trial:
    trial = _Trial()
    staged = Staged(folder, "check", 0o600)
    try:
        staged.write(0, b"orlop")
        with staged.using() as descriptor:
            trial.attributes = keep_in_attributes(descriptor, {"check": "orlop"})
        trial.locks = _locks(staged.path)
        trial.clones = _clones(folder, staged.path)
        trial.refusal = _unpublishable(staged)
    finally:
        staged.discard()
    return trial


def _shown(place: Directory, settings: FileSettings, trial: _Trial) -> Iterator[Finding]:
    if settings.digests == "xattr" and not trial.attributes:
        message = f'{place.path}: no extended attributes for digests; set digests = "auto"'
        yield Finding(Severity.ERROR, message, Capability.WRITE_ACCESS | Capability.DIGESTS)
    if trial.refusal:
        yield Finding(Severity.ERROR, trial.refusal, Capability.WRITE_ACCESS)
    if not trial.locks:
        message = f"{place.path}: the file system cannot lock files; what dead uploads leave must be removed by hand"
        yield Finding(Severity.WARNING, message)
    if lacking_search(place.path, settings.permissions) and os.geteuid() not in {0, place.path.stat().st_uid}:
        message = f"{place.path}: those who may read images cannot reach them; run 'chmod go+x {place.path}'"
        yield Finding(Severity.WARNING, message)


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


def _unpublishable(staged: Staged) -> str:
    """Why a file can have no final name there; empty when it can."""
    final = staged.path.with_name(staged_name("check"))
    try:
        with staged.using() as descriptor:
            publish(staged.path, final, os.fstat(descriptor))
    except Unsupported as error:
        return error.reason
    finally:
        final.unlink(missing_ok=True)
    return ""


def _clones(folder: Path, original: Path) -> bool:
    """Whether files in this directory can share blocks."""
    blob = FileBlob(original)
    try:
        copy = Staged(folder, "check", 0o600)
        try:
            with copy.using() as descriptor:
                return share_blocks(blob.descriptor, descriptor)
        finally:
            copy.discard()
    finally:
        blob.close()
