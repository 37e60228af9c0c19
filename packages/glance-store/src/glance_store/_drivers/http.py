"""The http store: images on web servers, read only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from orlop.drivers.http.settings import HttpSettings
from orlop.drivers.http.targets import parse
from orlop.errors import InvalidLocation
from oslo_config import cfg

from glance_store._bridge.locations import UriLocation
from glance_store._bridge.options import Option, declared
from glance_store._bridge.store import Store as BridgedStore
from glance_store.capabilities import BitMasks


def _proxies(value: Mapping[str, str]) -> dict[str, str]:
    """Proxies by scheme; one without a scheme of its own is an http proxy."""
    return {scheme: proxy if "://" in proxy else f"http://{proxy}" for scheme, proxy in value.items()}


_TABLE = (
    Option("https_ca_certificates_file", "ca_file"),
    Option("https_insecure", "insecure"),
    Option(
        "http_proxy_information",
        "proxies",
        {
            "default": {},
            "secret": True,
            "help": "Proxies by the scheme of the image's URL: http:10.0.0.1:3128,https:10.0.0.1:1080.",
        },
        cfg.DictOpt,
        _proxies,
    ),
)


def _import_filter(conf: cfg.ConfigOpts) -> dict[str, list[str]]:
    """What Glance's `[import_filtering_opts]` say; nothing where that is not declared, as outside of Glance."""
    try:
        group = conf["import_filtering_opts"]
    except (cfg.NoSuchOptError, cfg.NoSuchGroupError, KeyError):
        return {}
    names = [f"{rule}_{what}" for rule in ("allowed", "disallowed") for what in ("schemes", "hosts", "ports")]
    return {name: [str(one) for one in value] for name in names if (value := getattr(group, name, None))}


class Store(BridgedStore):
    """Images on web servers."""

    DRIVER = "http"
    SCHEMES = ("http", "https")
    TABLE = _TABLE
    OPTIONS = declared(_TABLE, HttpSettings, "http")
    _CAPABILITIES = BitMasks.READ_RANDOM | BitMasks.DRIVER_REUSABLE

    def settings(self) -> dict[str, Any]:
        """What the options say; a file with authorities comes before `https_insecure`, as it always has.

        Glance holds the URL that a user gives against `[import_filtering_opts]`; where a redirect leads, only this
        store sees.
        """
        settings = super().settings()
        if settings.get("ca_file"):
            settings.pop("insecure", None)
        if allowed := _import_filter(self.conf):
            settings.setdefault("redirect_filter", allowed)
        return settings

    @property
    def url_prefix(self) -> str:
        """Any location of the web."""
        return "http"


class StoreLocation(UriLocation):
    """`https://HOST/PATH` and `http://HOST/PATH`, also with `USER:PASSWORD@` before the host."""

    SCHEMES = Store.SCHEMES

    def require_form(self, uri: str) -> None:
        """See that this is a URL, and that a user in it comes with a password."""
        _, credentials = parse(uri)
        if credentials is not None and ":" not in urlsplit(uri).netloc.rpartition("@")[0]:
            raise InvalidLocation("a user name stands in it without a password")
