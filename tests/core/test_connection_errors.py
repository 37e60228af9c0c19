"""Errors of connections name a server and a reason, and no objects of the HTTP library."""

from __future__ import annotations

import pytest
import requests
import urllib3
from orlop.support.connection_errors import without_objects
from orlop.translation import Translation


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            (
                "Unable to establish connection to http://127.0.0.1:1/v3: StrictPool(host='127.0.0.1', port=1): Max retries "
                "exceeded with url: /v3 (Caused by NewConnectionError(\"StrictConnection(host='127.0.0.1', port=1): Failed to "
                'establish a new connection: [Errno 111] Connection refused"))'
            ),
            (
                "Unable to establish connection to http://127.0.0.1:1/v3: Failed to establish a new connection: [Errno 111] "
                "Connection refused"
            ),
        ),
        (
            (
                "HTTPSConnectionPool(host='s', port=443): Max retries exceeded with url: /x (Caused by ConnectTimeoutError("
                "<urllib3.connection.HTTPSConnection object at 0x7f00>, 'Connection to s timed out. (connect timeout=1)'))"
            ),
            "Connection to s timed out. (connect timeout=1)",
        ),
        ("<urllib3.connection.HTTPConnection object at 0x7f3a>: Failed to resolve 's'", "Failed to resolve 's'"),
        (
            "HTTPSConnectionPool(host='s', port=443): Read timed out. (read timeout=2)",
            "Read timed out. (read timeout=2)",
        ),
        (
            (
                "Unable to connect: 127.0.0.1:1: Max retries exceeded with url: /v3 (Caused by NewConnectionError("
                "'127.0.0.1:1: Failed to establish a new connection: [Errno 111] Connection refused'))"
            ),
            "Unable to connect: 127.0.0.1:1: Failed to establish a new connection: [Errno 111] Connection refused",
        ),
        ("a pool(host) is a pool(host)", "a pool(host) is a pool(host)"),
    ],
)
def test_objects_of_the_library_are_not_shown(text: str, shown: str) -> None:
    assert without_objects(text) == shown


def test_real_errors_of_both_libraries() -> None:
    told = []
    for ask in (
        lambda url: urllib3.PoolManager(retries=False).request("GET", url),
        lambda url: requests.get(url, timeout=9),
    ):
        with pytest.raises((urllib3.exceptions.HTTPError, requests.ConnectionError)) as caught:
            ask("http://127.0.0.1:1/x")
        told.append(Translation("s", lambda _: None)._text(caught.value))
    for text in told:
        assert "Connection refused" in text
        assert "(host=" not in text
        assert "object at" not in text
