"""Shared mounts: what a consumer with the same mount needs to read an image's file directly."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator

from orlop.drivers.file.names import encoded
from orlop.errors import InvalidSettings

_LARGEST = 1024 * 1024
"""Bytes of a metadata file; a mount takes some hundred."""
_DEEPEST = 16
"""Levels of lists and tables within an entry."""


def _absolute(mountpoint: str) -> str:
    path = PurePosixPath(mountpoint)
    if not path.is_absolute() or ".." in path.parts or "\0" in mountpoint:
        raise ValueError("a mount point is an absolute path without '..'")
    return mountpoint


class SharedMount(BaseModel):
    """One entry of the metadata file; more keys than these two are handed on.

    What is handed on are texts, and lists and tables of them: consumers, Glance for one, take nothing else, and would
    say so only when an image has been stored.
    """

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    id: str
    mountpoint: Annotated[str, AfterValidator(_absolute)]

    @model_validator(mode="after")
    def _texts_only(self) -> Self:
        for key, value in self.model_dump().items():
            key.encode()
            _require_texts(value, key, _DEEPEST)
        return self


def _require_texts(value: object, key: str, levels: int) -> None:
    if isinstance(value, str):
        value.encode()  # half a surrogate is no text
        return
    if not levels:
        raise ValueError(f"{key!r} is too deep")
    if isinstance(value, dict):
        for name, one in value.items():
            name.encode()
            _require_texts(one, f"{key}.{name}", levels - 1)
    elif isinstance(value, list):
        for one in value:
            _require_texts(one, key, levels - 1)
    else:
        raise ValueError(f"{key!r} is {json.dumps(value)}; only texts, and lists and tables of texts, can be handed on")  # noqa: TRY004 - pydantic's


_FORM_SHOWN = '{"id": "...", "mountpoint": "/..."} or a list of such'


def read_mounts(file: Path | None) -> tuple[SharedMount, ...]:
    """The entries of the metadata file.

    Raises:
        InvalidSettings: the file cannot be read or has another form.
    """
    if file is None:
        return ()
    text = _content(file)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidSettings(f"metadata_file: {file} has another form than {_FORM_SHOWN}: {error}") from error
    try:
        entries = [SharedMount.model_validate(one) for one in (content if isinstance(content, list) else [content])]
    except (ValidationError, RecursionError) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "it is too deep"
        raise InvalidSettings(f"metadata_file: {file} has another form than {_FORM_SHOWN}: {why}") from error
    return tuple(entries)


def _content(file: Path) -> bytes:
    """What the file holds; a FIFO, or what has no end, is none."""
    try:
        descriptor = os.open(encoded(file), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as opened:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise InvalidSettings(f"metadata_file: {file} is no regular file")
            content = opened.read(_LARGEST + 1)
    except OSError as error:
        raise InvalidSettings(f"metadata_file: {file} cannot be read: {error.strerror}") from error
    if len(content) > _LARGEST:
        raise InvalidSettings(f"metadata_file: {file} has more than {_LARGEST} bytes")
    return content


def mount_of(path: Path, mounts: tuple[SharedMount, ...]) -> Mapping[str, Any]:
    """The entry whose mount point holds the file, the deepest one where several do; a fresh dictionary each time."""
    holding = [mount for mount in mounts if path.is_relative_to(PurePosixPath(mount.mountpoint))]
    if not holding:
        return {}
    return max(holding, key=lambda mount: len(PurePosixPath(mount.mountpoint).parts)).model_dump()
