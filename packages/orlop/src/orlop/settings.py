"""The settings every store has, and the secrets among them.

One model per driver, in `drivers/<name>/settings.py`, derives from `StoreSettings`. It is the only declaration: the
TOML file, environment variables, documentation tables and the old oslo.config options follow from it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from orlop.errors import InvalidLocation, Unsupported


def expanded(path: Path) -> Path:
    """The path with `~` and `~user` replaced by the folders that they mean.

    Raises:
        ValueError: there is no such user, or no home folder is known, or the path holds a NUL.
    """
    if "\0" in str(path):
        raise ValueError("a path holds no NUL character")
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError(f"{path}: no home folder is known for this '~'; write the whole path") from None


UserPath = Annotated[Path, AfterValidator(expanded)]
"""A path in which `~` means a user's home folder."""


def _resolve_secret(value: Any) -> Any:
    """A secret as written, or fetched from where the settings say it is: `{env = "NAME"}` or `{file = "/path"}`."""
    if not isinstance(value, dict):
        return value
    if set(value) == {"env"} and isinstance(value["env"], str):
        found = os.environ.get(value["env"])
        if found is None:
            raise ValueError(f"the environment variable {value['env']} is not set")
        return found
    if set(value) == {"file"} and isinstance(value["file"], str):
        return _secret_in(value["file"])
    raise ValueError('a secret is a text, {env = "NAME"} or {file = "/path"}')


def _secret_in(name: str) -> str:
    try:
        with open(expanded(Path(name)), "rb") as file:
            content = file.read(_LARGEST_SECRET + 1)
    except OSError as error:
        raise ValueError(f"the file {name} cannot be read: {error.strerror}") from None
    if len(content) > _LARGEST_SECRET:
        raise ValueError(f"the file {name} has more than {_LARGEST_SECRET} bytes, which is no secret")
    try:
        return content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError(f"the file {name} is not in UTF-8") from None


_LARGEST_SECRET = 64 * 1024
"""Bytes of a file with a secret in it; tokens have a few thousand."""

Secret = Annotated[SecretStr, BeforeValidator(_resolve_secret)]
"""A value that is never printed; from the settings, the environment or a file."""

YEAR = 365 * 86400.0
"""The longest time that may be waited for; much more, and infinity, no lock and no socket takes."""


class StoreSettings(BaseModel):
    """What every store can be told, whatever its driver."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=True, use_attribute_docstrings=True
    )

    takes_uri: ClassVar[str] = ""
    """The form of URI that `open_store` takes for this driver; empty when there is none."""

    driver: str
    """The driver's name."""
    description: str = ""
    """What this store is for, in the operator's words."""
    weight: int = 0
    """Where an image is in several stores, the store with the larger weight is read first."""
    deadline: float = Field(default=60.0, gt=0, le=YEAR)
    """Seconds that one call to the backend may take; after that the store is unavailable."""
    commit_deadline: float = Field(default=600.0, gt=0, le=YEAR)
    """Seconds that making an image visible may take: the last data reaches the disk in this time."""
    attempts: int = Field(default=100, ge=1, le=100)
    """How often one block or one request is tried at the most while its failure may pass; 1: only once. The limit that
    is usually met is retry_seconds."""
    retry_seconds: float = Field(default=120.0, ge=0, le=YEAR)
    """Seconds in which one block or one request is tried again, with growing waits, and never sooner than the backend
    asks for (Retry-After). 0: only once."""
    hang_limit: int = Field(default=8, ge=1, le=256)
    """Calls to one server that may hang at once; while so many do, the store answers at once that it is unavailable."""
    allow_unsupported: bool = False
    """The store opens although its driver is unsupported: nobody proves at present that it works."""

    @classmethod
    def from_uri(cls, uri: str) -> Self:
        """Settings from a URI alone, for `open_store`.

        Raises:
            InvalidLocation: when this driver takes no URI, or not this one.
        """
        raise InvalidLocation("this driver needs a configuration, a URI does not say enough", location=uri)

    def scratch(self, name: str) -> Self:
        """The same backend with a place of its own called `name`, where the gate can write and clean up.

        Raises:
            Unsupported: when the driver has no such place.
        """
        raise Unsupported(f"the {self.driver} driver has no scratch place for {name}")

    def secrets(self) -> list[str]:
        """Every secret value in these settings, longest first; for cutting them out of texts, never for showing."""
        return sorted({text for text in _secret_values(self) if text}, key=lambda text: (-len(text), text))


def _secret_values(value: Any) -> list[str]:
    if isinstance(value, SecretStr):
        return [value.get_secret_value()]
    if isinstance(value, BaseModel):
        return [text for name in type(value).model_fields for text in _secret_values(getattr(value, name))]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _secret_values(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _secret_values(item)]
    return []
