"""The ways to a bucket, and the keys to it: a proxy, the bucket in the host's name, a machine's role, SSE-C."""

from __future__ import annotations

import base64
import json
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from orlop.errors import PermissionDenied, StoreError

from servers.juicefs import JuiceFS
from servers.pki import Authority
from servers.radosgw import Radosgw
from servers.s3_account import S3Account
from tests.drivers.http.web_proxy import WebProxy
from tests.drivers.s3.conftest import SMALL, MakeStore
from tests.drivers.s3.test_store import DATA, goes_in

pytestmark = pytest.mark.server


def test_through_a_proxy_that_wants_a_password(make_store: MakeStore, juicefs: JuiceFS, authority: Authority) -> None:
    with WebProxy() as proxy:
        proxy.password = f"Basic {base64.b64encode(b'me:p@ss').decode()}"
        known: dict[str, Any] = {"ca_file": authority.ca, "part": SMALL}
        goes_in(make_store(juicefs.account, proxies={"https": f"http://me:p%40ss@127.0.0.1:{proxy.port}"}, **known))
        assert {(one.method, one.target) for one in proxy.asked} == {("CONNECT", f"127.0.0.1:{juicefs.port}")}
        wrong = make_store(juicefs.account, proxies={"https": f"http://me:no@127.0.0.1:{proxy.port}"}, **known)
        with pytest.raises(StoreError) as caught:
            wrong.locate("image")
        assert ":no@" not in str(caught.value)


def test_the_bucket_in_the_name_of_the_host(
    make_store: MakeStore, radosgw: Radosgw, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, real = set(), socket.getaddrinfo

    def here(host: str, *more: Any, **named: Any) -> Any:
        asked.add(host)
        return real("127.0.0.1" if host.endswith(".localhost") else host, *more, **named)

    account = replace(radosgw.account, endpoint=f"http://localhost:{radosgw.port}")
    make_store(account, bucket="named").put("first", b"")
    monkeypatch.setattr(socket, "getaddrinfo", here)
    store = make_store(account, bucket="named", addressing="virtual", part=SMALL)
    goes_in(store)
    assert [one.location for one in store.list()] == [f"s3://localhost:{radosgw.port}/named/first"]
    assert asked == {"named.localhost"}


def test_only_the_customers_key_opens_an_image(make_store: MakeStore, radosgw: Radosgw, authority: Authority) -> None:
    def store(key: bytes | None) -> Any:
        customer = {"encryption": "sse-c", "customer_key": base64.b64encode(key).decode()} if key else {}
        known: dict[str, Any] = {"ca_file": authority.ca, "bucket": "sealed", "part": SMALL}
        return make_store(radosgw.tls_account, **known, **customer)

    mine = store(b"k" * 32)
    for data in (b"small", DATA):
        location = mine.put("image", data).location
        with mine.open(location, verify=True) as reader:
            assert reader.read() == data
        for other in (store(b"o" * 32), store(None)):
            with pytest.raises(StoreError), other.open(location) as reader:
                reader.read()
        mine.delete(location)


class _Metadata(BaseHTTPRequestHandler):
    """What a machine of EC2 asks for the keys of its role, by the second version of that protocol."""

    account: ClassVar[S3Account]
    asked: ClassVar[list[str]]

    def do_PUT(self) -> None:
        self._answer("a-token")

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.headers["X-aws-ec2-metadata-token"] != "a-token":
            self.send_error(401)
        elif self.path.endswith("/security-credentials/"):
            self._answer("images")
        else:
            until = datetime.now(UTC) + timedelta(hours=6)
            keys = {"AccessKeyId": self.account.access_key, "SecretAccessKey": self.account.secret_key, "Token": ""}
            self._answer(json.dumps({"Code": "Success", "Expiration": f"{until:%Y-%m-%dT%H:%M:%SZ}", **keys}))

    def log_message(self, *_: Any) -> None:
        return

    def _answer(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture
def metadata(juicefs: JuiceFS) -> Iterator[tuple[str, type[_Metadata]]]:
    class Handler(_Metadata):
        account = juicefs.account
        asked: ClassVar[list[str]] = []

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", Handler
        server.shutdown()
        thread.join()


def test_the_keys_of_the_machines_role(
    make_store: MakeStore,
    juicefs: JuiceFS,
    authority: Authority,
    metadata: tuple[str, type[_Metadata]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    where, service = metadata
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", where)
    nobody: dict[str, Any] = {
        "credential_chain": True,
        "access_key": None,
        "secret_key": None,
        "ca_file": authority.ca,
        "part": SMALL,
    }
    goes_in(make_store(juicefs.account, **nobody))
    assert service.asked[-1] == "/latest/meta-data/iam/security-credentials/images"
    service.account = replace(juicefs.account, secret_key="another")
    with pytest.raises(PermissionDenied):
        make_store(juicefs.account, **nobody).locate("image")
