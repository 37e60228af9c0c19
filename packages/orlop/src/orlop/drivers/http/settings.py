"""The settings of an http store."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from orlop.drivers.http.targets import Credentials, Target, host_name, parse
from orlop.errors import InvalidLocation
from orlop.settings import YEAR, Secret, StoreSettings, UserPath


class HttpSettings(StoreSettings):
    """Images on web servers, by https and http; read only.

    The environment has no say: `HTTPS_PROXY`, `REQUESTS_CA_BUNDLE`, `~/.netrc` and their like are not read. Without
    `ca_file` the system's certificate authorities count, as OpenSSL finds them.
    """

    takes_uri: ClassVar[str] = "https://HOST[/PATH]"

    driver: Literal["http"] = "http"
    url: str | None = None
    """The folder in which images are found by their ids, such as `https://images.example.org/public`; locations of
    other hosts can be read too, unless `hosts` is set. None: images are known only by their locations."""
    ca_file: UserPath | None = None
    """A PEM file with the certificate authorities to trust, and no others. None: those of the system."""
    insecure: bool = False
    """Accept any certificate of any server: whoever is on the way can then read and change everything."""
    username: str | None = None
    """For Basic authentication, together with `password`. They are sent to the origin of `url` and nowhere else, or,
    without `url`, to the servers that `hosts` names, by https on port 443. Credentials in a location itself are
    used where there are none here, and go only to that location's origin."""
    password: Secret | None = None
    """The password that belongs to `username`."""
    proxies: dict[Literal["http", "https"], Secret] = Field(default_factory=dict)
    """Proxies by the scheme of the image's URL: `{https = "http://user:password@proxy:3128"}`. https goes through the
    proxy by CONNECT. Not together with `refuse_private`: it is the proxy that connects, so it must refuse."""
    connect_timeout: float = Field(default=10.0, gt=0, le=YEAR)
    """Seconds until a connection to one address of a server must be there."""
    read_timeout: float = Field(default=30.0, gt=0, le=YEAR)
    """Seconds that a server may be silent, before its answer or in the middle of it."""
    max_redirects: int = Field(default=5, ge=0, le=5)
    """How many redirects of one request are followed; never from https to http."""
    hosts: tuple[str, ...] = ()
    """The only hosts that are talked to, besides that of `url`: names such as `images.example.org`, patterns such as
    `*.example.org` (not example.org itself), or addresses; also after redirects. Empty: any host."""
    refuse_private: bool = False
    """Refuse hosts that have only private, loopback, link-local or other addresses which are not public, also after
    redirects. Set it where strangers may give locations."""
    guard_redirects: bool = True
    """Follow no redirect to a loopback, link-local or metadata address, and none from a public server to an address
    that is not public; a location may name such a server itself. The address that was checked is the one connected
    to. Through `proxies` only addresses in URLs are checked, for it is the proxy that resolves names."""
    redirect_filter: dict[
        Literal[
            "allowed_schemes",
            "disallowed_schemes",
            "allowed_hosts",
            "disallowed_hosts",
            "allowed_ports",
            "disallowed_ports",
        ],
        tuple[str, ...],
    ] = Field(default_factory=dict)
    """Where redirects may lead, as Glance's `[import_filtering_opts]` says it for the first URL: what an `allowed_`
    list leaves out is not followed; without one, what the `disallowed_` list names is not."""
    lanes: int = Field(default=1, ge=1, le=32)
    """Ranges of one image that are fetched at once, 8 MiB each. More than 1 helps where one connection gets less than
    the whole bandwidth: limited to 20 MB/s, 4 lanes read 75 MB/s. Elsewhere 1 is best."""
    pool_size: int = Field(default=32, ge=1)
    """Idle connections that are kept for each server."""

    @classmethod
    def from_uri(cls, uri: str) -> Self:
        """`https://images.example.org/public`, also with a user name and a password."""
        target, own = parse(uri)
        if own is None:
            return cls(url=target.url)
        return cls(url=target.url, username=own.username, password=SecretStr(own.password))

    @property
    def base(self) -> Target | None:
        """What `url` names."""
        return parse(self.url)[0] if self.url is not None else None

    @property
    def credentials(self) -> Credentials | None:
        """`username` and `password`."""
        if self.username is None:
            return None
        return Credentials(self.username, self.password.get_secret_value() if self.password is not None else "")

    def secrets(self) -> list[str]:
        """Every secret value, also the passwords within the URLs of proxies, longest first."""
        found = set(super().secrets())
        for proxy in self.proxies.values():
            _, own = parse(proxy.get_secret_value())
            if own is not None and own.password:
                found.add(own.password)
        return sorted(found, key=len, reverse=True)

    @field_validator("url")
    @classmethod
    def _plain_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        target, own = _parsed(value)
        if own is not None:
            raise ValueError("name no user here; there are username and password for that")
        if "?" in target.path:
            raise ValueError("a folder of images has no query")
        return target.url

    @field_validator("proxies")
    @classmethod
    def _usable_proxies(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for proxy in value.values():
            _parsed(proxy.get_secret_value())
        return value

    @field_validator("redirect_filter")
    @classmethod
    def _ports_are_numbers(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for key, texts in value.items():
            if key.endswith("_ports") and not all(text.isascii() and text.isdigit() for text in texts):
                raise ValueError(f"{key}: ports are numbers")
        return value

    @field_validator("redirect_filter", mode="before")
    @classmethod
    def _numbers_are_texts(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            key: [str(one) if type(one) is int else one for one in texts] if isinstance(texts, list | tuple) else texts
            for key, texts in value.items()
        }

    @field_validator("hosts")
    @classmethod
    def _host_patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_pattern(one) for one in value)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.insecure and self.ca_file is not None:
            raise ValueError("insecure and ca_file contradict each other; leave one of them out")
        if self.password is not None and self.username is None:
            raise ValueError("there is a password and no username")
        if self.username is not None:
            if ":" in self.username:
                raise ValueError("username: a user name of Basic authentication holds no ':'")
            if self.url is None and not self.hosts:
                raise ValueError("username: set url or hosts too, to say who is to get the password")
        if self.proxies and self.refuse_private:
            raise ValueError("refuse_private cannot be kept through proxies; let the proxy refuse private addresses")
        return self


def _parsed(url: str) -> tuple[Target, Credentials | None]:
    try:
        return parse(url)
    except InvalidLocation as error:
        raise ValueError(error.reason) from None


def _pattern(text: str) -> str:
    stars = "*." if text.startswith("*.") else ""
    try:
        return stars + host_name(text.removeprefix("*.").removeprefix("[").removesuffix("]"))
    except InvalidLocation:
        raise ValueError(f"{text!r} is no host and no pattern such as *.example.org") from None
