"""No password and no signature is in any message, repr or log, whatever happens."""

import logging
import traceback

import pytest
import urllib3
from orlop.errors import StoreError

from servers.fault_origin import FaultOrigin, Faults, body
from servers.ports import free_port
from tests.drivers.http.conftest import MakeStore
from tests.drivers.http.web_proxy import WebProxy

pytestmark = pytest.mark.server

SECRETS = ("PASSw0rd", "S1GNATURE", "SETTINGSw0rd", "PROXYw0rd", "UEFTU3cwcmQ")  # the last one: base64


SIGNED = "header=X%3AS1GNATURE"
"""A query as of a pre-signed URL; the origin takes it."""

FAULTS = [
    *(Faults(status=status, after=after) for status in (404, 403, 500, 300) for after in (0, 1)),
    Faults(hangup=True), Faults(delay=9), Faults(gzip=True), Faults(badrange="S"), Faults(cut=70_000, norange=True),
    Faults(headcut=70), Faults(etag="a", etag_after=1), Faults(length="x", norange=True), Faults(stall=90_000),
    Faults(status=302, location="/x"), Faults(header=("broken head",)),
    Faults(status=302, location="/b/10?x=S1GNATURE"),
    Faults(status=302, location="file:///x?S1GNATURE=S1GNATURE"), Faults(status=302, location="http://h:p/?x=S1GNATURE"),
]  # fmt: skip
MALFORMED = [
    "http://me:PASSw0rd@h:p/x", "http://me:PASSw0rd@/x", "http://me:with/PASSw0rd@host/x", "http://me:a?PASSw0rd@host/x",
    "http://me:a#PASSw0rd@host/x", "http://me:a PASSw0rd@host/x", "http://me:[PASSw0rd@host/x",
]  # fmt: skip


def locations(origin: FaultOrigin, other: FaultOrigin) -> list[str]:
    signed = SIGNED
    away = Faults(status=302, location=f"http://u:PASSw0rd@127.0.0.1:{other.port}/b/10?status=404&{signed}")
    base = f"http://me:PASSw0rd@127.0.0.1:{origin.port}/b/100000?{signed}"
    return [
        base,
        *(f"{base}&{faults.query()}" for faults in [*FAULTS, away]),
        f"http://me:PASSw0rd@127.0.0.1:{free_port()}/x?{signed}",
        f"http://me:PASSw0rd@nothing.invalid/x?{signed}",
        f"https://me:PASSw0rd@127.0.0.1:{origin.port}/x?{signed}",
        *MALFORMED,
    ]


@pytest.mark.parametrize("proxied", [False, True])
def test_nowhere(
    make_store: MakeStore, origin: FaultOrigin, other: FaultOrigin, web_proxy: WebProxy,
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], proxied: bool,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    proxies = {"http": web_proxy.url.replace("://", "://p:PROXYw0rd@")} if proxied else {}
    store = make_store(
        attempts=1 if proxied else 2,
        read_timeout=0.1,
        connect_timeout=0.3,
        url=other.base,
        username="you",
        password="SETTINGSw0rd",
        proxies=proxies,
    )
    told = [repr(store), repr(store.settings), str(store.settings), repr(store.check())]
    failed = 0
    for url in locations(origin, other):
        for operation in ("stat", "open"):
            try:
                if operation == "stat":
                    told.append(repr(store.stat(url)).replace(SIGNED, ""))  # a location must stay usable
                else:
                    with store.open(url) as reader:
                        told += [repr(reader), repr(reader.blob), repr(vars(reader.blob))]
                        reader.read()
            except StoreError as error:
                failed += 1
                told += [str(error), repr(error), "".join(traceback.format_exception(error)), error.location]
    assert failed > 30, failed
    told += [caplog.text, *(repr(vars(record)) for record in caplog.records), *capfd.readouterr()]
    found = [
        (secret, text[max(0, text.index(secret) - 300) :][:600])
        for secret in SECRETS
        for text in told
        if secret in text
    ]
    assert not found, "\n=====\n".join(text for _, text in found[:3])
    assert any("urllib3" in record.name and "=..." in record.getMessage() for record in caplog.records)


def test_other_users_of_urllib3_keep_their_logs(
    store: object, origin: FaultOrigin, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with urllib3.PoolManager() as manager:
        assert manager.request("GET", origin.url(10, Faults(etag="mine"))).data == body(0, 10)
    assert "etag=mine" in caplog.text
