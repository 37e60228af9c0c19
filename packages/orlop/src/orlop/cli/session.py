"""What one run of the command line knows: its global options, and the stores that it has opened."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from orlop.cli.failures import Misuse
from orlop.errors import StoreError
from orlop.support.redact import Redaction

if TYPE_CHECKING:
    from orlop.store import Store
    from orlop.stores import Stores


@dataclass
class Session:
    """The global options of one run, and what has to be closed at its end."""

    config: str | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    _stores: Stores | None = field(default=None, repr=False)
    _ends: ExitStack = field(default_factory=ExitStack, repr=False)
    _others: list[Store] = field(default_factory=list, repr=False)

    def set(self, *, config: str | None, json: bool, quiet: bool, verbose: bool) -> None:
        """Take over options; they may stand before the command and after it."""
        self.config = config or self.config
        self.json |= json
        self.quiet |= quiet
        self.verbose |= verbose

    @property
    def stores(self) -> Stores:
        """The configured stores."""
        if self._stores is None:
            from orlop.cli.notices import notices_told  # noqa: PLC0415 - nothing is opened without stores
            from orlop.cli.retries import retries_told  # noqa: PLC0415 - `orlop --version` tries nothing

            self._stores = open_stores(self.config)
            self._ends.enter_context(retries_told(self))
            self._ends.enter_context(notices_told(self))
        return self._stores

    def store(self, name: str | None) -> Store:
        """The store of this name, or the default one.

        Raises:
            Misuse: there is no such store.
            InvalidSettings: its settings are wrong.
        """
        if name is None:
            return self.stores.default_store
        self._require(name)
        return self.stores[name]

    def names(self, wanted: Sequence[str]) -> list[str]:
        """The names given, or those of all stores when none is; each checked to be one."""
        for name in wanted:
            self._require(name)
        return list(dict.fromkeys(wanted)) or list(self.stores)

    def _require(self, name: str) -> None:
        if name not in self.stores:
            close = get_close_matches(name, list(self.stores), 1)
            meant = f" (did you mean {close[0]!r}?)" if close else ""
            raise Misuse(f"there is no store {name!r}{meant}; there are {', '.join(self.stores)}")

    def adopt(self, store: Store) -> Store:
        """A store outside of the configuration, to be closed with the others."""
        self._others.append(store)
        return store

    def without_secrets(self, text: str) -> str:
        """A text of unknown origin (a traceback, say) with everything cut out that is a secret of a store."""
        known = self._stores.configuration.stores.values() if self._stores is not None else ()
        settings = [*known, *(store.settings for store in self._others)]
        return Redaction([secret for one in settings for secret in one.secrets()]).lines(text)

    def close(self) -> None:
        """Close every store; what goes wrong at that changes nothing any more."""
        opened: list[Store | Stores] = [*self._others]
        if self._stores is not None:
            opened.append(self._stores)
        for one in opened:
            with suppress(StoreError):
                one.close()
        self._ends.close()


def open_stores(config: str | None) -> Stores:
    """The stores of this configuration file, or of the one that applies."""
    from orlop.stores import Stores  # noqa: PLC0415 - `orlop --version` needs no stores

    return Stores.default() if config is None else Stores.from_file(config)
