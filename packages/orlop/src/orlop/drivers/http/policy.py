"""Which servers a store talks to, and who of them gets which credentials."""

from __future__ import annotations

from orlop.drivers.http.settings import HttpSettings
from orlop.drivers.http.targets import Credentials, Target


class Policy:
    """The settings' word on every request, also after redirects."""

    def __init__(self, settings: HttpSettings) -> None:
        self._hosts = settings.hosts
        self._base = settings.base
        self._credentials = settings.credentials

    def allows(self, target: Target) -> bool:
        """Whether this host may be talked to."""
        if not self._hosts:
            return True
        return self._named(target) or (self._base is not None and target.host == self._base.host)

    def credentials(self, target: Target, home: Target, own: Credentials | None) -> Credentials | None:
        """What `target` gets, of a location at `home` that has credentials of its `own`, or None.

        Each pair goes to one origin, and a redirect changes nothing in that: to another host, port or scheme goes only
        what the settings have for that one. What the settings have comes first: a location's own may be years old.
        """
        return self._configured(target) or (own if target.origin == home.origin else None)

    def _configured(self, target: Target) -> Credentials | None:
        if self._credentials is None:
            return None
        if self._base is not None:
            return self._credentials if target.origin == self._base.origin else None
        # Names alone say neither scheme nor port: never in the clear, and to nobody else's server on the same host.
        return self._credentials if self._named(target) and target.origin == ("https", target.host, 443) else None

    def _named(self, target: Target) -> bool:
        return any(
            target.host.endswith(one[1:]) and len(target.host) >= len(one)
            if one.startswith("*.")
            else target.host == one
            for one in self._hosts
        )
