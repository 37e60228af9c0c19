"""Every lie to every request that changes something, on moto and on JuiceFS: an image is whole or absent."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from orlop.drivers.s3.driver import S3Driver
from orlop.gate.witnesses.s3 import S3Witness
from orlop.store import Store

from servers.http_faults import Fault, HttpFaults
from servers.juicefs import JuiceFS
from servers.moto import Moto
from servers.s3_account import S3Account
from tests.drivers.lies import LIES, Lie
from tests.drivers.s3.conftest import SMALL, settings_for
from tests.drivers.sweep import IMAGE, Clean, Copy, Delete, Operation, Put, Site, sweep

pytestmark = [pytest.mark.server, pytest.mark.slow]

BIG = b"".join(hashlib.sha256(str(at).encode()).digest() for at in range(SMALL // 32 + 1))
ERROR = b"<?xml version='1.0'?>\n  <Error><Code>InternalError</Code><Message>as the test wants</Message></Error>"
OTHERS = b"<?xml version='1.0'?><CompleteMultipartUploadResult><Bucket>another</Bucket><Key>another</Key></CompleteMultipartUploadResult>"
S3_LIES: tuple[Lie, ...] = (
    *LIES,
    Lie("200 and an error in the body", Fault(status=200, body=ERROR)),
    Lie("200 and an error in the body, always", Fault(status=200, body=ERROR), always=True),
    Lie("200 and the answer of another key", Fault(status=200, body=OTHERS)),
)
_CHOSEN = {
    "200 and nothing behind it, always",
    "the answer is lost after the deed",
    "the deed is late",
    "500 after the deed, always",
    "403",
    "200 and an endless body",
    "200 and an error in the body",
    "200 and the answer of another key",
}
if os.environ.get("ORLOP_THOROUGH") != "1":
    S3_LIES = tuple(lie for lie in S3_LIES if lie.name in _CHOSEN)
VARIABLE = ("uploadId=[^&]+", "[0-9a-f]{32}")


def site_of(server: Moto | JuiceFS, proxy: HttpFaults) -> Iterator[Site]:
    known: dict[str, Any] = {"part": SMALL, "bucket": "sweep", "other_endpoints": ("*",)}
    brief: dict[str, Any] = {"read_timeout": 0.6, "retry_seconds": 0.8, "deadline": 20.0, "commit_deadline": 2.0}
    account = S3Account(proxy.base, server.account.access_key, server.account.secret_key)
    driver = S3Driver(settings_for(server.account, abandoned_after=0.5, **known))
    with (
        closing(Store("lied-to", S3Driver(settings_for(account, **known, **brief, abandoned_after=0.5)))) as store,
        closing(Store("direct", driver)) as direct,
    ):
        witness = S3Witness(driver)
        direct.delete(direct.put("first", b"").location)

        def wipe() -> None:
            for name in witness.names():
                key, _, upload = name.partition("?uploadId=")
                if upload:
                    witness._client("abort_multipart_upload", Bucket="sweep", Key=key, UploadId=upload)
                else:
                    witness._client("delete_object", Bucket="sweep", Key=key)

        def abandon() -> None:
            driver.upload(IMAGE, None).write(SMALL, BIG[:SMALL])

        yield Site(store, direct, proxy, witness.names, wipe, abandon, VARIABLE, late=0.9)


@pytest.fixture(scope="module")
def juicefs_site() -> Iterator[Site]:
    with JuiceFS() as server, HttpFaults("127.0.0.1", server.port) as proxy:
        yield from site_of(server, proxy)


@pytest.fixture(scope="module")
def moto_site(moto: Moto) -> Iterator[Site]:
    with HttpFaults("127.0.0.1", moto.port) as proxy:
        yield from site_of(moto, proxy)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("operation", "requests"),
    [
        (Put("put small", b"small"), 1),
        (Put("put large", BIG), 5),
        (Copy("copy", BIG), 4),
        (Delete("delete small", b"small"), 1),
        (Delete("delete large", BIG), 2),
        (Clean("clean"), 1),
    ],
    ids=lambda one: one.name if isinstance(one, Operation) else None,
)
def test_an_image_is_whole_or_absent_whatever_is_said(moto_site: Site, operation: Operation, requests: int) -> None:
    report = sweep(moto_site, operation, S3_LIES)
    assert report.problems == []
    assert report.cases == requests * len(S3_LIES)


@pytest.mark.timeout(1800)
def test_the_tickets_of_a_server_that_overwrites_meet_each_lie_too(juicefs_site: Site) -> None:
    report = sweep(juicefs_site, Put("put small", b"small"), S3_LIES)
    assert report.problems == []
    assert report.cases == 3 * len(S3_LIES)
