"""The stores of one configuration, by name."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator, Mapping
from typing import Self

from pydantic import ValidationError

from orlop.complaints import complaints
from orlop.configuration import Configuration, read_configuration
from orlop.errors import InvalidLocation, InvalidSettings, NotFound, StoreError
from orlop.lifecycle.admission import admit
from orlop.lifecycle.tombstones import tombstone_of_scheme
from orlop.location import scheme_of, without_secrets
from orlop.registry import driver_type, driver_type_of_scheme
from orlop.settings import StoreSettings
from orlop.store import Store
from orlop.translation import Translation


class Stores(Mapping[str, Store]):
    """The configured stores. Each is opened when it is first asked for; one that is broken does not hurt the others."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._opened: dict[str, Store] = {}
        self._lock = threading.Lock()

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Self:
        """The stores of this configuration file.

        Raises:
            InvalidSettings: it cannot be read, or what is wrong concerns all stores.
        """
        return cls(read_configuration(path))

    @classmethod
    def default(cls) -> Self:
        """The stores of the configuration that applies to this user, or one filesystem store in the data folder.

        Raises:
            InvalidSettings: see `from_file`.
        """
        return cls(read_configuration())

    def __getitem__(self, name: str) -> Store:
        """The store of this name.

        Raises:
            KeyError: there is no such store.
            InvalidSettings: its settings are wrong.
        """
        if name in self.configuration.broken:
            raise self.configuration.broken[name]
        settings = self.configuration.stores[name]
        with self._lock:
            if name not in self._opened:
                self._opened[name] = open_settings(name, settings)
            return self._opened[name]

    def __iter__(self) -> Iterator[str]:
        yield from self.configuration.stores
        yield from self.configuration.broken

    def __len__(self) -> int:
        return len(self.configuration.stores) + len(self.configuration.broken)

    def __contains__(self, name: object) -> bool:
        return name in self.configuration.stores or name in self.configuration.broken

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def default_store(self) -> Store:
        """The store that `default_store` names.

        Raises:
            InvalidSettings: its settings are wrong.
        """
        return self[self.configuration.default_store]

    def owner(self, location: str) -> Store:
        """The store in which the image at `location` is; stores with a larger weight are asked first.

        Raises:
            NotFound: it could be in one of them, but is not.
            InvalidLocation: it can be in none of them.
            StoreError: one of them failed, and none of the others has it.
        """
        failed: StoreError | None = None
        missing: NotFound | None = None
        refused: InvalidLocation | None = None
        for name, settings in sorted(self.configuration.stores.items(), key=lambda item: -item[1].weight):
            try:
                if scheme_of(location) not in driver_type(settings.driver).schemes:
                    continue
                self[name].stat(location)
            except NotFound as error:
                missing = missing or error
            except InvalidLocation as error:
                refused = refused or error
            except StoreError as error:
                failed = failed or error
            else:
                return self[name]
        if told := failed or missing or refused:
            raise told
        gone = tombstone_of_scheme(scheme_of(location))
        raise InvalidLocation(
            str(gone) if gone else "no configured store has locations of this scheme", location=location
        )

    def close(self) -> None:
        """Close every store that was opened, all at once, so that one that hangs does not keep the others open.

        Raises:
            StoreError: the first failure, when all have been closed as far as they can be; the others are notes of it.
        """
        with self._lock:
            opened, self._opened = list(self._opened.values()), {}
        failed: dict[int, Exception] = {}

        def close(number: int, store: Store) -> None:
            try:
                store.close()
            except Exception as error:  # noqa: BLE001 - raised when the others are closed
                failed[number] = error

        threads = [
            threading.Thread(target=close, args=one, name="orlop-close", daemon=True) for one in enumerate(opened)
        ]
        for thread in threads:
            try:
                thread.start()
            except RuntimeError:  # this process can have no more threads
                thread.run()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
        if failed:
            first, *others = [failed[number] for number in sorted(failed)]
            for other in others:
                first.add_note(f"and {other}")
            raise first


def open_settings(name: str, settings: StoreSettings) -> Store:
    """A store with these settings.

    Raises:
        InvalidSettings: the driver's status does not allow it, see `orlop.lifecycle.admission`, or the driver refuses
            these settings.
        StoreError: the driver cannot begin.
    """
    if notice := admit(settings.driver, name, allow_unsupported=settings.allow_unsupported):
        warnings.warn(notice, stacklevel=2)
    kind = driver_type(settings.driver)
    with Translation(name, lambda _: None, settings.secrets()).during("open"):
        driver = kind(settings)
    return Store(name, driver)


def open_store(uri: str) -> Store:
    """A store that a URI describes: `file:///srv/images`, `memory:`, `https://images.example.org/`.

    Raises:
        InvalidLocation: no installed driver takes this URI.
        InvalidSettings: a driver takes it, but not with this content.
    """
    found = driver_type_of_scheme(scheme_of(uri))
    if found is None:
        gone = tombstone_of_scheme(scheme_of(uri))
        raise InvalidLocation(str(gone) if gone else "no installed driver takes this URI", location=uri)
    name, kind = found
    try:
        settings = kind.settings_type.from_uri(uri)
    except ValidationError as error:
        shown = without_secrets(uri)
        raise InvalidSettings("; ".join(complaints(error, kind.settings_type, name, lambda _: shown))) from None
    return open_settings(name, settings)
