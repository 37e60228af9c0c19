"""Locations of our stores: orlop reads the URI, old forms too; here it is kept, and one that is none is refused."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlsplit

from orlop.errors import InvalidLocation
from orlop.location import without_secrets

from glance_store import exceptions, location


class UriLocation(location.StoreLocation):
    """A location that is kept as the URI it came as."""

    SCHEMES: ClassVar[tuple[str, ...]]

    def __init__(self, store_specs: dict[str, Any], conf: Any, backend_group: str | None = None) -> None:
        self._uri = ""
        super().__init__(store_specs, conf, backend_group)

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.StoreLocation {without_secrets(self._uri)!r}>"

    @property
    def scheme(self) -> str:
        """The URI's scheme."""
        return self._uri.partition(":")[0].lower()

    def get_uri(self) -> str:
        """The URI as it came."""
        return self._uri

    def parse_uri(self, uri: str) -> None:
        """Take the URI, when it is one of this kind of store at all.

        Raises:
            BadStoreUri: it is not, or it is malformed.
        """
        scheme, mark, rest = uri.partition("://")
        if scheme.lower() not in self.SCHEMES or not mark:
            self.validate_schemas(without_secrets(uri), [f"{one}://" for one in self.SCHEMES])
        if not rest.strip("/"):
            raise exceptions.BadStoreUri(message="Nothing follows the scheme of the location")
        try:
            urlsplit(uri)  # what follows may be half an IPv6 address, say
        except ValueError:
            # The text of the ValueError may quote the authority, with the password in it.
            raise exceptions.BadStoreUri(message="The location is malformed: its authority cannot be one") from None
        try:
            self.require_form(uri)
        except InvalidLocation as error:
            raise exceptions.BadStoreUri(
                message=f"The location {without_secrets(uri)!r} is malformed: {error}"
            ) from None
        self._uri = uri

    def require_form(self, uri: str) -> None:
        """See that the driver can read this location, wherever it leads.

        Raises:
            InvalidLocation: it cannot; the message holds nothing of the location.
        """
