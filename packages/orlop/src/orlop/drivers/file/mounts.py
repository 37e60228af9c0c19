"""Shared mounts: what a consumer with the same mount needs to read an image's file directly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from orlop.errors import InvalidSettings


class SharedMount(BaseModel):
    """One entry of the metadata file; more keys than these two are handed on."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    id: str
    mountpoint: str


_FORM = TypeAdapter(SharedMount | list[SharedMount])


def read_mounts(file: Path | None) -> tuple[SharedMount, ...]:
    """The entries of the metadata file.

    Raises:
        InvalidSettings: the file cannot be read or has another form.
    """
    if file is None:
        return ()
    try:
        content = _FORM.validate_json(file.read_bytes())
    except OSError as error:
        raise InvalidSettings(f"metadata_file: {file} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        form = '{"id": "...", "mountpoint": "/..."} or a list of such'
        raise InvalidSettings(f"metadata_file: {file} has another form than {form}") from error
    return tuple(content) if isinstance(content, list) else (content,)


def mount_of(path: Path, mounts: tuple[SharedMount, ...]) -> Mapping[str, Any]:
    """The entry whose mount point holds the file, the deepest one where several do; a fresh dictionary each time."""
    holding = [mount for mount in mounts if path.is_relative_to(PurePosixPath(mount.mountpoint))]
    if not holding:
        return {}
    return max(holding, key=lambda mount: len(PurePosixPath(mount.mountpoint).parts)).model_dump()
