"""Which servers a store talks to, and who of them gets which credentials."""

from __future__ import annotations

from dataclasses import dataclass

from orlop.drivers.http.address_kinds import is_address
from orlop.drivers.http.addresses import Reach, is_public
from orlop.drivers.http.settings import HttpSettings
from orlop.drivers.http.targets import Credentials, Target
from orlop.errors import PermissionDenied


@dataclass(frozen=True, slots=True)
class Hop:
    """One request on the way to an image: for what, and to which addresses it may go."""

    target: Target
    reach: Reach
    outside: bool = False
    """Whether a public server has sent us here."""


class Policy:
    """The settings' word on every request, also after redirects."""

    def __init__(self, settings: HttpSettings) -> None:
        self._hosts = settings.hosts
        self._base = settings.base
        self._credentials = settings.credentials
        self._guarded = settings.guard_redirects
        self._first = Reach.PUBLIC if settings.refuse_private else Reach.ANY
        self._filter = settings.redirect_filter

    def allows(self, target: Target) -> bool:
        """Whether this host may be talked to."""
        if not self._hosts:
            return True
        return self._named(target) or (self._base is not None and target.host == self._base.host)

    def begin(self, home: Target) -> Hop:
        """The first request to a location."""
        return self._checked(Hop(home, self._first))

    def redirected(self, here: Hop, address: str | None, target: Target) -> Hop:
        """The request to where an answer leads that came from `address` (None: a proxy knows).

        Raises:
            PermissionDenied: this store does not go there.
        """
        start = here.target
        if not self.allows(target):
            raise PermissionDenied(f"{start} redirects to {target.host}, to which this store does not talk (hosts)")
        if (refused := self._filtered(target)) is not None:
            raise PermissionDenied(f"{start} redirects to {target}, whose {refused} redirect_filter does not allow")
        if self._first is Reach.PUBLIC or not self._guarded:
            return self._checked(Hop(target, self._first))
        outside = here.outside or address is None or is_public(address)
        if outside:
            return self._checked(Hop(target, Reach.NOT_INWARDS, outside=True))
        # The same server may send on to itself, wherever it is; not to its neighbours on this machine.
        itself = (target.host, target.port) == (start.host, start.port)
        return self._checked(Hop(target, here.reach if itself else Reach.NOT_LOCAL))

    @staticmethod
    def _checked(hop: Hop) -> Hop:
        """Check an address in the URL itself; what a name means is checked when it is connected to."""
        host = hop.target.host
        if is_address(host) and not hop.reach.allows(host):
            raise hop.reach.refuse(host)
        return hop

    def _filtered(self, target: Target) -> str | None:
        """What of a target of a redirect the filter does not allow."""
        for name, value in (("scheme", target.scheme), ("host", target.host), ("port", str(target.port))):
            allowed = self._filter.get(f"allowed_{name}s", ())  # type: ignore[call-overload]
            disallowed = self._filter.get(f"disallowed_{name}s", ())  # type: ignore[call-overload]
            if value not in allowed if allowed else value in disallowed:
                return name
        return None

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
