"""The files of this repository, now and at a commit, each by its mode and its hash as git has them."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from ci.environments import ROOT


class NoHistory(Exception):
    """Git does not know what was asked; the message says what to do."""


class NoSuchCommit(NoHistory):
    """There is no such commit in the whole history: what names it was not made from this repository."""


def names_now(root: Path = ROOT) -> list[str]:
    """Every file that git knows or would add, relative to the root.

    Raises:
        NoHistory: this is no repository of git's.
    """
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return sorted({name for name in listed.split("\0") if name and os.path.lexists(root / name)})


def files_now(names: Iterable[str], root: Path = ROOT) -> dict[str, str]:
    """What these files are in the working tree, whatever of it is committed; one that is not there is left out."""
    return {name: _entry(root / name) for name in names if os.path.lexists(root / name)}


def files_at(commit: str, root: Path = ROOT) -> dict[str, str]:
    """What every file was at a commit.

    Raises:
        NoSuchCommit: there is no such commit.
        NoHistory: it cannot be told here, because this clone has only a part of the history.
    """
    try:
        listed = _git(root, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", f"{commit}^{{commit}}")
    except NoHistory:
        if _git(root, "rev-parse", "--is-shallow-repository").strip() == "true":
            raise NoHistory(f"this shallow clone has no commit {commit}: git fetch --unshallow") from None
        raise NoSuchCommit(f"there is no commit {commit}") from None
    entries = (line.partition("\t") for line in listed.split("\0") if line)
    return {name: f"{words.split()[0]} {words.split()[2]}" for words, _, name in entries}


def text_at(commit: str, name: str, root: Path = ROOT) -> str:
    """What a file was at a commit.

    Raises:
        NoHistory: there was no such file.
    """
    return _git(root, "show", "--end-of-options", f"{commit}:{name}")


def moment_of(commit: str, root: Path = ROOT) -> datetime:
    """When a commit was made."""
    told = _git(root, "show", "--no-patch", "--format=%cI", "--end-of-options", commit)
    return datetime.fromisoformat(told.strip())


def digest(names: Iterable[str], files: Mapping[str, str]) -> str:
    """One hash over these files; one that is missing counts as such."""
    found = hashlib.sha256()
    for name in sorted(set(names)):
        found.update(f"{files.get(name, 'missing')}\t{name}\n".encode())
    return found.hexdigest()


def head(root: Path = ROOT) -> str:
    """The commit that the working tree stands on.

    Raises:
        NoHistory: this is no repository of git's, or one without a commit.
    """
    return _git(root, "rev-parse", "--verify", "HEAD").strip()


def _entry(path: Path) -> str:
    """Mode and hash, as `git ls-tree` has them."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        mode, content = "120000", os.fsencode(path.readlink())
    else:
        mode, content = "100755" if found.st_mode & stat.S_IXUSR else "100644", path.read_bytes()
    name = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    return f"{mode} {name}"


def _git(root: Path, *words: str) -> str:
    # A repository that only surrounds this folder has another history than ours.
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(root.resolve().parent)}
    try:
        done = subprocess.run(["git", *words], cwd=root, env=environment, capture_output=True, check=True)
    except FileNotFoundError:
        raise NoHistory("git is not installed") from None
    except subprocess.CalledProcessError as error:
        raise NoHistory(error.stderr.decode(errors="replace").strip() or f"git {words[0]} failed") from None
    return os.fsdecode(done.stdout)
