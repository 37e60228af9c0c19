"""What an S3 store's settings say, and which contradict each other."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from orlop.configuration import settings_of
from orlop.drivers.s3.endpoint import endpoint_of
from orlop.drivers.s3.settings import S3Settings
from orlop.errors import InvalidLocation, InvalidSettings


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
