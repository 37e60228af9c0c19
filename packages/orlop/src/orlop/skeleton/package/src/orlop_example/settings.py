"""The settings of a store: the only declaration of them. The text under a field is its help."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from orlop.settings import StoreSettings


class ExampleSettings(StoreSettings):
    """A store in a folder."""

    driver: Literal["example"] = "example"
    # TODO: replace this by what leads to your backend: an address, a pool; for a password, orlop.settings.Secret.
    root: Path
    """The folder of the images; made when it is missing."""

    def scratch(self, name: str) -> Self:
        """A place of its own on the same backend, where `orlop gate` can write and clean up."""
        # TODO: another pool, bucket or prefix of your backend
        return self.model_copy(update={"root": self.root.with_name(f".{self.root.name}.{name}")})
