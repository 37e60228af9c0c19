"""The S3 servers, each seen by botocore: an object goes there and comes back, also after the server was killed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from servers.ceph import Ceph
from servers.juicefs import JuiceFS
from servers.moto import Moto
from servers.pki import Authority
from servers.radosgw import Radosgw
from servers.s3_account import S3Account

pytestmark = pytest.mark.server


def client(account: S3Account, ca: Path | None = None) -> Any:
    return botocore.session.Session().create_client(
        "s3",
        endpoint_url=account.endpoint,
        region_name=account.region,
        aws_access_key_id=account.access_key,
        aws_secret_access_key=account.secret_key,
        verify=None if ca is None else str(ca),
        config=Config(
            s3={"addressing_style": "path"},
            retries={"total_max_attempts": 1},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@pytest.fixture(params=[JuiceFS, Moto])
def account(request: pytest.FixtureRequest) -> Iterator[S3Account]:
    with request.param() as server:
        yield server.account


def test_an_object_comes_back(account: S3Account) -> None:
    s3 = client(account)
    s3.create_bucket(Bucket="images")
    s3.put_object(Bucket="images", Key="one", Body=b"bytes", Metadata={"who": "me"})
    answer = s3.get_object(Bucket="images", Key="one", Range="bytes=1-3")
    assert (answer["Body"].read(), answer["Metadata"]) == (b"yte", {"who": "me"})


def test_the_gateway_checks_signatures_and_survives(authority: Authority) -> None:
    with JuiceFS(authority=authority) as server:
        s3 = client(server.account, authority.ca)
        s3.create_bucket(Bucket="images")
        s3.put_object(Bucket="images", Key="one", Body=b"bytes")
        server.kill()
        assert not server.process.running()
        server.serve_again()
        assert s3.get_object(Bucket="images", Key="one")["Body"].read() == b"bytes"
        stranger = S3Account(server.account.endpoint, server.account.access_key, "wrong")
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            client(stranger, authority.ca).list_buckets()


def test_radosgw_has_s3_and_swift(authority: Authority) -> None:
    with Ceph() as ceph, Radosgw(ceph, authority=authority) as server:
        s3 = client(server.tls_account, authority.ca)
        s3.create_bucket(Bucket="images")
        s3.put_object(Bucket="images", Key="one", Body=b"bytes")
        server.kill()
        server.serve_again()
        assert client(server.account).get_object(Bucket="images", Key="one")["Body"].read() == b"bytes"
        login = {"X-Auth-User": server.swift_user, "X-Auth-Key": server.swift_key}
        answer = urllib3.request("GET", server.swift_url, headers=login)
        url, token = answer.headers["X-Storage-Url"], answer.headers["X-Auth-Token"]
        assert urllib3.request("GET", f"{url}/images/one", headers={"X-Auth-Token": token}).data == b"bytes"
        server.quota(1)
        with pytest.raises(ClientError, match="QuotaExceeded"):
            s3.put_object(Bucket="images", Key="two", Body=b"bytes" * 10_000)
