"""The filesystem store."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from orlop.drivers.file.locating import location_of
from orlop.drivers.file.settings import FileSettings
from orlop.errors import InvalidLocation, InvalidSettings
from orlop.store import Store as OrlopStore

from glance_store._bridge import own_stores
from glance_store._bridge.file_options import DATADIR, FILE_OPTIONS
from glance_store._bridge.locations import UriLocation
from glance_store._bridge.options import declared
from glance_store._bridge.prefixes import Prefixes
from glance_store._bridge.store import Store as BridgedStore
from glance_store.capabilities import BitMasks


class Store(BridgedStore):
    """Images in the files of one or several directories."""

    DRIVER = "file"
    SCHEMES = ("filesystem", "file")
    TABLE = FILE_OPTIONS
    OPTIONS = declared(FILE_OPTIONS, FileSettings, "file")
    _CAPABILITIES = BitMasks.READ_RANDOM | BitMasks.WRITE_ACCESS | BitMasks.DRIVER_REUSABLE

    @property
    def datadir(self) -> str:
        """The directory where new images go first."""
        places = self._file_settings().places
        return str(max(places, key=lambda place: place.priority).path)

    @property
    def chunk_size(self) -> int:
        """What the option says; bytes."""
        return int(self.store_conf.filesystem_store_chunk_size)

    @property
    def thin_provisioning(self) -> bool:
        """Whether zeros become holes."""
        return self._file_settings().sparse

    def settings(self) -> dict[str, Any]:
        """What the options say; the directories are made when the store is configured, and never afterwards."""
        settings = super().settings()
        if settings.get("directories"):
            if settings.get("path") not in (None, "", DATADIR):
                raise InvalidSettings(
                    "filesystem_store_datadir and filesystem_store_datadirs: only one of them can be set"
                )
            settings.pop("path", None)
        elif settings.get("path"):
            settings.setdefault("create", False)
        else:
            raise InvalidSettings("filesystem_store_datadir: a directory for the images is needed")
        if settings.get("metadata_file"):
            settings["metadata_file"] = self._found(settings["metadata_file"])
        return settings

    def opened(self) -> OrlopStore:
        """The store, its directories made where they are missing.

        Raises:
            InvalidSettings: the options are wrong, or a directory cannot be made.
        """
        opened = super().opened()
        assert isinstance(opened.settings, FileSettings)
        for place in opened.settings.places:
            if place.mount_point is not None or place.marker is not None:
                continue
            try:
                place.path.mkdir(mode=0o755, parents=True, exist_ok=True)
            except OSError as error:
                raise InvalidSettings(f"the directory {place.path} cannot be made: {error.strerror}") from error
        folders = [str(place.path) for place in sorted(opened.settings.places, key=lambda place: -place.priority)]
        self._url_prefix = Prefixes(
            f"{scheme}://{form.rstrip('/')}/"
            for scheme in ("file", "filesystem")
            for folder in folders
            for form in _forms(folder)
        )
        if self.backend_group is None:
            for folder in folders:
                own_stores.remember(self, f"file://{folder}/")
        return opened

    def written(self, location: str) -> str:
        """The location of a new image as glance_store writes it, without escapes, where that can be read."""
        return f"file://{_as_ever(location)}"

    def _file_settings(self) -> FileSettings:
        settings = self.orlop.settings
        assert isinstance(settings, FileSettings)
        return settings

    def _found(self, name: str) -> str:
        """A file that may stand beside the configuration files."""
        found = self.conf.find_file(name)
        if found is None:
            raise InvalidSettings(f"filesystem_store_metadata_file: there is no file {name}")
        return str(Path(found).absolute())


def _forms(folder: str) -> list[str]:
    """A directory as locations may have it: as they are written here, as it stands, and with more or fewer escapes."""
    location = location_of(Path(folder))
    return list(dict.fromkeys((_as_ever(location), folder, _path(location), quote(folder))))


def _path(location: str) -> str:
    return location.removeprefix("file://")


def _as_ever(location: str) -> str:
    """The path in a location, without escapes; with them where it would mean another file without, or none."""
    path = _path(location)
    plain = unquote(path)
    return path if set(plain) & set("%?#") or "\ufffd" in plain else plain


class StoreLocation(UriLocation):
    """`file:///DIRECTORY/ID`, and `filesystem:///DIRECTORY/ID` of old."""

    SCHEMES = Store.SCHEMES

    def process_specs(self) -> None:
        """Take `scheme` and `path`."""
        self._uri = f"{self.specs.get('scheme', 'file')}://{self.specs.get('path')}"

    def require_form(self, uri: str) -> None:
        """See that it is an absolute path."""
        if not uri.partition("://")[2].removeprefix("localhost").startswith("/"):
            raise InvalidLocation("the form is file:///DIRECTORY/ID")

    @property
    def path(self) -> str:
        """The path of the file."""
        return self._uri.partition("://")[2]
