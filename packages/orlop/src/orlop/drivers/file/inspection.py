"""Looking at the directories of a file store: what works there, what does not, and what to do about it."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from orlop.capabilities import Capability
from orlop.drivers.file import faults
from orlop.drivers.file.blob import FileBlob
from orlop.drivers.file.cloning import share_blocks
from orlop.drivers.file.folder import Folder
from orlop.drivers.file.guards import require_usable
from orlop.drivers.file.keeping import keep_in_attributes
from orlop.drivers.file.leftovers import unknown_in
from orlop.drivers.file.names import decoded, encoded, on_disk, shown, staged_name
from orlop.drivers.file.places import lacking_search, statistics_of
from orlop.drivers.file.settings import Directory, FileSettings
from orlop.drivers.file.staging import Staged
from orlop.errors import BackendError, InvalidSettings, PermissionDenied, StoreError, Unsupported
from orlop.location import refused_id
from orlop.records import Finding, Severity
from orlop.support.publish import publish

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
    folded: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def inspect(settings: FileSettings) -> Sequence[Finding]:
    """What there is to say about each directory. Nothing stays behind.

    Only what lasts takes anything away: a directory that is full or not mounted now may be right again at any time.
    """
    findings: list[Finding] = []
    refusals: list[str] = []
    trials: list[_Trial] = []
    for place in settings.places:
        try:
            require_usable(place)
            if not on_disk(place.path).is_dir():
                findings.append(_not_there_yet(place))
                continue
            findings.append(_room(place))
            with Folder(place.path) as folder:
                trial = _try(folder)
            trials.append(trial)
            findings.extend(_shown(place, settings, trial))
        except StoreError as error:
            findings.append(Finding(Severity.ERROR, error.reason))
        except OSError as error:
            where = error.filename or place.path
            message = f"{place.path} cannot be written to: {error.strerror}: {where}"
            if faults.meaning(error) is PermissionDenied:
                refusals.append(message)
            else:
                findings.append(Finding(Severity.ERROR, message))
    lost = _WRITING if len(refusals) == len(settings.places) else Capability.NONE
    findings.extend(Finding(Severity.ERROR, message, lost, PermissionDenied) for message in refusals)
    if trials and not any(trial.clones for trial in trials):
        reason = "the file system cannot share blocks between files; copies within it move the data"
        findings.append(Finding(Severity.OK, reason, Capability.COPY))
    return findings


def _not_there_yet(place: Directory) -> Finding:
    parent = next(folder for folder in place.path.parents if on_disk(folder).exists())
    if not os.access(on_disk(parent), os.W_OK | os.X_OK):
        raise PermissionError(13, "Permission denied", str(parent))
    return Finding(Severity.OK, f"{place.path} is not there yet; the first image creates it")


def _room(place: Directory) -> Finding:
    status = statistics_of(place.path)
    if status is None:
        message = f"{place.path}: the file system does not say how much room it has"
        return Finding(Severity.OK, message, Capability.SPACE, BackendError)
    size, free = status.f_blocks * status.f_frsize, status.f_bavail * status.f_frsize
    room = f"{place.path}: {free / 2**30:.1f} GiB of {size / 2**30:.1f} GiB are free"
    if status.f_files and status.f_favail == 0:
        return Finding(Severity.ERROR, f"{place.path}: no inodes are left; delete files or images")
    if free < size * _LOW:
        return Finding(Severity.WARNING, f"{room}; delete images or add a directory")
    return Finding(Severity.OK, room)


def _try(folder: Folder) -> _Trial:
    trial = _Trial()
    staged = Staged(folder, "check", 0o600)
    try:
        staged.write(0, b"orlop")
        with staged.handle as descriptor:
            trial.attributes = keep_in_attributes(descriptor, {"check": "orlop"})
        trial.locks = _locks(folder, staged.name)
        trial.clones = _clones(folder, staged.name)
        trial.folded = _folded(folder, staged.name)
        trial.refusal = _unpublishable(folder, staged)
    finally:
        staged.discard()
    names = folder.names()
    trial.strangers = [shown(name) for name in names if not name.startswith(b".") and refused_id(decoded(name))]
    trial.unknown = unknown_in(folder)
    return trial


def _shown(place: Directory, settings: FileSettings, trial: _Trial) -> Iterator[Finding]:
    if settings.digests == "xattr" and not trial.attributes:
        message = f'{place.path}: no extended attributes for digests; set digests = "auto"'
        yield Finding(Severity.ERROR, message, Capability.WRITE_ACCESS | Capability.DIGESTS, InvalidSettings)
    if trial.refusal:
        yield Finding(Severity.ERROR, trial.refusal, Capability.WRITE_ACCESS, InvalidSettings)
    if not trial.locks:
        message = f"{place.path}: the file system cannot lock files; what dead uploads leave must be removed by hand"
        yield Finding(Severity.WARNING, message)
    if trial.folded:
        message = f"{place.path}: the file system does not tell apart names that differ in {' or '.join(trial.folded)}"
        yield Finding(Severity.WARNING, f"{message}; of such ids only one can be stored")
    if trial.strangers:
        message = f"{place.path}: {len(trial.strangers)} files have names that can be no image ids, such as"
        yield Finding(Severity.WARNING, f"{message} {trial.strangers[0]!r}; 'orlop ls' shows them by location only")
    if trial.unknown:
        message = f"{place.path}: {len(trial.unknown)} files of uploads belong to other users, such as"
        yield Finding(Severity.WARNING, f"{message} {trial.unknown[0]!r}; 'orlop clean' of those users removes them")
    if lacking_search(place.path, settings.permissions) and os.geteuid() not in {
        0,
        on_disk(place.path).stat().st_uid,
    }:
        message = f"{place.path}: those who may read images cannot reach them; run 'chmod go+x {place.path}'"
        yield Finding(Severity.WARNING, message)


def _locks(folder: Folder, staged: bytes) -> bool:
    """Whether the lock on a staged file is seen by others."""
    descriptor = folder.open(staged, os.O_RDWR)
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


def _folded(folder: Folder, staged: bytes) -> list[str]:
    """In what names may differ here and still mean one file."""
    found = []
    if folder.has(encoded(decoded(staged).swapcase())):
        found.append("upper and lower case")
    for name, other, what in (
        ("\u00e9", "e\u0301", "the Unicode form of letters"),
        ("check.", "check", "a dot at the end"),
        ("check ", "check", "a blank at the end"),
    ):
        token = secrets.token_hex(8)
        try:
            folder.link(staged, staged_name(name, token))
        except OSError:
            continue  # it takes no such name, or no links: then a `put` says so
        try:
            if folder.has(staged_name(other, token)):
                found.append(what)
        finally:
            folder.unlink(staged_name(name, token), missing_ok=True)
    return found


def _unpublishable(folder: Folder, staged: Staged) -> str:
    """Why a file can have no final name there; empty when it can."""
    final = staged_name("check")
    try:
        with staged.handle as descriptor:
            publish(descriptor, folder.descriptor, final, staged.name)
    except Unsupported as error:
        return f"{folder.path}: {error.reason}"
    finally:
        folder.unlink(final, missing_ok=True)
    return ""


def _clones(folder: Folder, original: bytes) -> bool:
    """Whether files in this directory can share blocks."""
    blob = FileBlob(folder, original)
    try:
        copy = Staged(folder, "check", 0o600)
        try:
            with copy.handle as descriptor, blob.handle as number:
                return share_blocks(number, descriptor)
        finally:
            copy.discard()
    finally:
        blob.close()
