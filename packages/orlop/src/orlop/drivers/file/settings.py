"""The settings of a file store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from orlop.drivers.file.names import SCRATCH
from orlop.errors import InvalidLocation
from orlop.settings import StoreSettings, expanded


def _absolute(path: Path) -> Path:
    whole = expanded(path)
    if not whole.is_absolute():
        raise ValueError("an absolute path is needed")
    if ".." in whole.parts:
        raise ValueError("a path without '..' is needed")
    return whole


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]


class Directory(BaseModel):
    """One directory of a file store."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    path: AbsolutePath
    """The directory; created when it is missing, unless `mount_point` or `marker` is set or `create` is false."""
    priority: int = 0
    """New images go where this is largest and they fit; among equals, where most is free."""
    mount_point: AbsolutePath | None = None
    """Must be a mounted file system, or the directory is not used: nothing is ever written under a missing mount."""
    marker: Path | None = None
    """A file that must exist, or the directory is not used; relative to `path`. For mounts that are hard to tell."""
    create: bool = True
    """Whether a missing directory is created; if not, it is an error that nothing is stored there."""

    @property
    def marker_file(self) -> Path | None:
        """The marker with its whole path."""
        return None if self.marker is None else self.path / self.marker

    @property
    def may_be_created(self) -> bool:
        """Whether the directory is created when it is missing: never where a file system must be mounted first.

        A scratch folder is: its guards are those of the directory around it.
        """
        unguarded = self.mount_point is None and self.marker is None
        return (unguarded and self.create) or self.path.name.startswith(SCRATCH)


class FileSettings(StoreSettings):
    """A store in one or several directories."""

    takes_uri: ClassVar[str] = "file:///DIRECTORY"

    driver: Literal["file"] = "file"
    path: AbsolutePath | None = None
    """The directory with the images, for a store with only one."""
    mount_point: AbsolutePath | None = None
    """With `path`: must be a mounted file system, see `directories`."""
    marker: Path | None = None
    """With `path`: a file that must exist, see `directories`."""
    create: bool = True
    """With `path`: whether a missing directory is created, see `directories`."""
    directories: tuple[Directory, ...] = ()
    """Several directories: tables with `path`, `priority`, `mount_point`, `marker` and `create`."""
    mode: str | None = Field(default=None, pattern=r"^0?[0-7]{3}$")
    """Permissions of image files in octal, such as "0640"; unset: what the umask leaves."""
    fsync: bool = True
    """Images are on the disk, and survive a power cut, when `put` returns."""
    sparse: bool = True
    """Zeros become holes, which take no space."""
    block_size: int = Field(default=2 * 1024 * 1024, ge=64 * 1024, le=64 * 1024 * 1024, multiple_of=64 * 1024)
    """Bytes that are digested and written at once; a multiple of 64 KiB."""
    digests: Literal["auto", "xattr", "sidecar", "none"] = "auto"
    """Where digests are kept: in extended attributes, in a hidden file beside the image, or whichever works."""
    metadata_file: AbsolutePath | None = None
    """A JSON file that names shared mounts, `{"id": ..., "mountpoint": ...}` or a list of such: what consumers that
    have the same mount need to copy images directly."""

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        if (self.path is None) == (not self.directories):
            raise ValueError("either 'path' or 'directories' is needed, not both")
        if self.directories and (self.mount_point or self.marker or not self.create):
            raise ValueError("with 'directories', 'mount_point', 'marker' and 'create' stand in each of them")
        paths = [place.path for place in self.directories]
        if twice := next((path for path in paths if paths.count(path) > 1), None):
            raise ValueError(f"the directory {twice} stands twice in 'directories'")
        if self.mode is not None and not int(self.mode, 8) & 0o400:
            raise ValueError("'mode' must let the owner read")
        return self

    @property
    def permissions(self) -> int | None:
        """`mode` as a number; None when it is not set."""
        return None if self.mode is None else int(self.mode, 8)

    @property
    def places(self) -> tuple[Directory, ...]:
        """All directories, however they were given."""
        if self.path is None:
            return self.directories
        return (Directory(path=self.path, mount_point=self.mount_point, marker=self.marker, create=self.create),)

    @classmethod
    def from_uri(cls, uri: str) -> Self:
        """`file:///srv/images`: one directory, and everything else as by default."""
        parts = urlsplit(uri)
        path = Path(unquote(parts.path))
        if parts.netloc not in {"", "localhost"} or parts.query or parts.fragment or not path.is_absolute():
            raise InvalidLocation("the form is file:///DIRECTORY, with %-escapes where needed", location=uri)
        return cls(path=path)

    def scratch(self, name: str) -> Self:
        """The same directories, with a hidden folder in each."""
        places = tuple(
            Directory(
                path=place.path / f"{SCRATCH}{name}",
                priority=place.priority,
                mount_point=place.mount_point,
                marker=place.marker_file,
            )
            for place in self.places
        )
        own = {"path": None, "mount_point": None, "marker": None, "create": True, "directories": places}
        return self.model_copy(update=own)
