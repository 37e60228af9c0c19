"""Settings, URLs and addresses: what needs no server."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orlop.configuration import settings_of
from orlop.drivers.http.answer import Version
from orlop.drivers.http.settings import HttpSettings
from orlop.drivers.http.targets import Credentials, parse
from orlop.errors import InvalidLocation, InvalidSettings


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("https://Host.Example", "https://host.example/"),
        ("https://host.example:443/a", "https://host.example/a"),
        ("http://host:8080/a b?c=d e#f", "http://host:8080/a%20b?c=d%20e"),
        ("http://host/50%/%41%zz", "http://host/50%25/%41%25zz"),
        ("http://host/ü?ü=%C3%BC", "http://host/%C3%BC?%C3%BC=%C3%BC"),
        ("http://[2001:DB8::0:1]:80/x", "http://[2001:db8::1]/x"),
        ("http://bücher.example/x", "http://xn--bcher-kva.example/x"),
        ("http://host./x", "http://host/x"),
        ("http://a:b@c@host/x@y", "http://host/x@y"),
    ],
)
def test_urls(location: str, url: str) -> None:
    assert parse(location)[0].url == url
    assert parse(url)[0].url == url, "what is quoted stays so"


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_url_or_refused(text: str) -> None:
    for location in (text, f"http://{text}", f"http://host/{text}", f"http://host/?{text}"):
        try:
            target, _ = parse(location)
        except InvalidLocation:
            continue
        assert parse(target.url)[0] == target
        assert target.url.isascii()
        assert " " not in target.url


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("a:b", ("a", "b")),
        ("a:b:c@d", ("a", "b:c@d")),
        ("%C3%BC:%2F%3A%40", ("ü", "/:@")),
        ("a", ("a", "")),
        (":b", ("", "b")),
    ],
)
def test_credentials(text: str, pair: tuple[str, str]) -> None:
    target, own = parse(f"https://{text}@host/x")
    assert own is not None
    assert (own.username, own.password) == pair
    assert target.url == "https://host/x"
    assert pair[1] not in repr(own) or not pair[1]
    assert "b:c" not in repr((target, own))


def test_versions() -> None:
    a, b = '"a"', '"b"'
    assert Version(a, "d", 5, a).change(Version(a, "e", 5, a)) is None, "the tag alone decides"
    assert Version(None, "d", 5, a).change(Version(a, "e", 5, a)) is None, "a weak tag is a tag"
    assert Version(a, None, 5, a).change(Version(b, None, 5, b))
    assert Version(None, None, 5, a).change(Version(None, None, 5, b))
    assert Version(None, "d", 5).change(Version(b, "e", 5, b))
    assert Version(None, None, 5).change(Version(None, None, None)) is None
    assert Version(None, None, 5).change(Version(None, None, 6))
    assert Version(a, "d", 5, a).if_range == a
    assert Version(None, "d", 5, a).if_range == "d", "no range is asked for by a weak tag"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "ftp://host"}, "https://HOST"),
        ({"url": "https://u:pw@host/"}, "username and password"),
        ({"url": "https://host/?a=b"}, "no query"),
        ({"insecure": True, "ca_file": "/x"}, "contradict"),
        ({"username": "u", "password": "pw"}, "url or hosts"),
        ({"password": "pw", "url": "https://h"}, "no username"),
        ({"username": "u:v", "url": "https://h"}, "holds no ':'"),
        ({"proxies": {"https": "http://p"}, "refuse_private": True}, "cannot be kept"),
        ({"proxies": {"https": "socks5://p:pw@h"}}, "https://HOST"),
        ({"proxies": {"ftp": "http://p"}}, "proxies"),
        ({"hosts": ["*"]}, "no host and no pattern"),
        ({"hosts": ["a.*.b"]}, "no host and no pattern"),
        ({"max_redirects": 6}, "5"),
        ({"redirect_filter": {"allowed_ports": ["http"]}}, "ports are numbers"),
        ({"redirect_filter": {"hosts": ["a"]}}, "redirect_filter"),
        ({"connect_timeout": 0}, "greater than 0"),
        ({"verify": False}, "no such key"),
    ],
)
def test_settings_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        settings_of("web", {"driver": "http", **settings})
    assert said in str(caught.value)
    assert "stores.web" in str(caught.value)
    assert "pw" not in str(caught.value)


def test_settings_hide_and_name_their_secrets() -> None:
    settings = HttpSettings(
        url="https://h/",
        username="u",
        password="hidden",
        proxies={"http": "http://a:b%40c@p:1"},
    )
    assert {"hidden", "b@c"} <= set(settings.secrets())
    assert "hidden" not in repr(settings)
    assert "b%40c" not in repr(settings)
    assert HttpSettings.from_uri("https://u:p%40w@h/x").credentials == Credentials("u", "p@w")
    assert HttpSettings(hosts=("[::1]", "*.Example.ORG")).hosts == ("::1", "*.example.org")


def test_every_setting_is_documented() -> None:
    assert all(field.description for name, field in HttpSettings.model_fields.items() if name != "driver")
