"""What an S3 store's settings say, and which contradict each other."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import pytest
from orlop.configuration import settings_of
from orlop.drivers.s3.driver import S3Driver
from orlop.drivers.s3.endpoint import endpoint_of
from orlop.drivers.s3.settings import S3Settings
from orlop.errors import InvalidLocation, InvalidSettings, Unavailable
from orlop.store import Store


def made(**values: Any) -> S3Settings:
    settings = settings_of("objects", {"driver": "s3", "bucket": "images", **values})
    assert isinstance(settings, S3Settings)
    return settings


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("s3.example.org", "https://s3.example.org"),
        ("S3.Example.org:443", "https://s3.example.org"),
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
        ("http://gateway:80/s3/", "http://gateway/s3"),
        ("https://[::1]:9000", "https://[::1]:9000"),
    ],
)
def test_an_endpoint_is_said_in_many_ways(said: str, url: str) -> None:
    assert made(endpoint=said).endpoint == url


@pytest.mark.parametrize(
    "values",
    [
        {"endpoint": "ftp://example.org"},
        {"endpoint": "https://me:secret@example.org"},
        {"endpoint": "https://example.org?x=1"},
        {"endpoint": "https://example.org:port"},
        {"access_key": "me"},
        {"secret_key": "s3cr3t"},
        {"session_token": "s3cr3t"},
        {"profile": "mine", "access_key": "me", "secret_key": "s3cr3t"},
        {"insecure": True, "ca_file": "/ca.pem"},
        {"encryption": "sse-c"},
        {"customer_key": base64.b64encode(bytes(32)).decode()},
        {"customer_key": "c2hvcnQ=", "encryption": "sse-c"},
        {"kms_key": "mine"},
        {"prefix": "/images"},
        {"prefix": "a//b"},
        {"prefix": "../b"},
        {"part_size": 1024 * 1024},
        {"part_size": 5 * 1024 * 1024 + 1},
        {"proxies": {"https": "proxy:3128"}},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_no_secret_shown(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidSettings) as caught:
        made(**values)
    assert "s3cr3t" not in str(caught.value)
    assert "secret@" not in str(caught.value)


def test_secrets_are_never_shown() -> None:
    settings = made(
        access_key="me",
        secret_key="s3cr/t+@:",
        session_token="t0k&n",
        proxies={"https": "http://you:p%40ss@proxy:3128"},
    )
    assert {"s3cr/t+@:", "t0k&n", "p@ss"} <= set(settings.secrets())
    for secret in ("s3cr/t+@:", "t0k&n", "p%40ss"):
        assert secret not in repr(settings)


def test_a_uri_says_where() -> None:
    settings = S3Settings.from_uri("s3+http://127.0.0.1:9000/images/some/place")
    assert (settings.endpoint, settings.bucket, settings.prefix) == ("http://127.0.0.1:9000", "images", "some/place/")


@pytest.mark.parametrize(
    "uri", ["s3+https://host", "s3://host/bucket", "s3+https://me:word@host/bucket", "https://h/b"]
)
def test_a_uri_that_says_too_little_or_too_much_is_refused(uri: str) -> None:
    with pytest.raises(InvalidLocation) as caught:
        S3Settings.from_uri(uri)
    assert "word" not in str(caught.value)


def test_roots_are_those_of_old_locations() -> None:
    assert endpoint_of("http://host:9000").root == "s3://host:9000/"
    assert endpoint_of("https://host").root == "s3+https://host/"


EURO = "\u20ac"
CONTROLS = {
    "newline": "s3cr3t\nx",
    "nul": "s3cr3t\0",
    "tab": "s3cr3t\tx",
    "escape": "s3cr3t\x1b[31m",
    "half": "s3cr3t\udc80",
}
FOREIGN = {"umlaut": "s3cr3t\xe9", "euro": f"s3cr3t{EURO}", "space": "s3cr3t x"}
HEADERS = ("access_key", "session_token", "region", "kms_key", "storage_class")
TEXTS = ("secret_key", "bucket", "profile", "prefix", "endpoint")
COMPLETE: dict[str, dict[str, Any]] = {
    "kms_key": {"encryption": "sse-kms"},
    "customer_key": {"encryption": "sse-c"},
    "profile": {"access_key": None, "secret_key": None},
}


def everything_told(error: BaseException) -> str:
    """What any log may show of an error: its text, its repr, and those of all errors behind it."""
    told = ""
    behind: BaseException | None = error
    while behind is not None:
        told += str(behind) + repr(behind) + "".join(getattr(behind, "__notes__", ()))
        behind = behind.__cause__ or behind.__context__
    return told


def is_refused(**values: Any) -> None:
    with pytest.raises(InvalidSettings) as caught:
        made(**{"access_key": "me", "secret_key": "mine", **values})
    assert "s3cr3t" not in everything_told(caught.value)


@pytest.mark.parametrize("value", CONTROLS.values(), ids=CONTROLS)
@pytest.mark.parametrize("name", [*HEADERS, *TEXTS, "customer_key"])
def test_control_characters_are_refused_and_no_secret_shown(name: str, value: str) -> None:
    is_refused(**COMPLETE.get(name, {}), **{name: value})
    is_refused(other_buckets=["fine", value])


@pytest.mark.parametrize("value", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("name", [*HEADERS, "customer_key"])
def test_what_a_header_cannot_carry_is_refused_and_no_secret_shown(name: str, value: str) -> None:
    is_refused(**COMPLETE.get(name, {}), **{name: value})


@pytest.mark.parametrize(
    "proxy",
    [
        "http://me:s3cr3t\n@proxy:1",
        "http://me:s3cr3t\u20ac@proxy:1",
        "http://me:s3cr3t%0a@proxy:1",
        "http://me:s3cr3t%e2%82%ac@proxy:1",
        "http://me:s3cr3t%c3%a9@proxy:1",  # botocore sends ASCII only
        "http://me:s3cr3t/@proxy:1",
        "http://me:s3cr3t@proxy:port",
        "http://me:s3cr3t@[::1:1",
        "http://me:s3cr3t@",
        "socks5://me:s3cr3t@proxy:1",
    ],
    ids=ascii,
)
def test_a_proxy_that_cannot_be_asked_is_refused_and_no_secret_shown(proxy: str) -> None:
    is_refused(proxies={"http": proxy})


@pytest.mark.parametrize("secret", ["s3cr3t\xe9\u20ac", "s3cr3t x", "s3cr3t'\"\\", "s3cr3t%0a&?#/@"])
def test_a_secret_that_can_sign_is_taken_and_never_shown(secret: str) -> None:
    """Nothing answers at that port: what is told is about the network, and holds the secret in no form."""
    proxy = f"http://me:{quote(secret.encode('ascii', 'ignore'), safe='')}@127.0.0.1:1"
    settings = made(
        endpoint="http://127.0.0.1:1",
        access_key="me",
        secret_key=secret,
        proxies={"http": proxy},
        attempts=1,
        retry_seconds=0,
    )
    with Store("objects", S3Driver(settings)) as store:
        with pytest.raises(Unavailable) as caught:
            store.put("image", b"data")
        (finding,) = store.check()
    assert finding.kind is Unavailable
    assert "s3cr3t" not in everything_told(caught.value) + finding.message + repr(finding) + repr(settings)
