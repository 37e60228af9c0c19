"""The s3 store of glance_store: locations that upstream has written into a database over the years."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import glance_store
import pytest
from glance_store import exceptions
from oslo_config import cfg

from servers.moto import Moto
from tests.facade.conftest import Configure

pytestmark = pytest.mark.server

CONF = """
[DEFAULT]
enabled_backends = now:s3, before:s3
[glance_store]
default_backend = now
[now]
s3_store_host = ENDPOINT
s3_store_bucket = now
s3_store_access_key = key
s3_store_secret_key = secret
s3_store_create_bucket_on_put = true
[before]
s3_store_host = ENDPOINT
s3_store_bucket = before
s3_store_access_key = key
s3_store_secret_key = secret
s3_store_create_bucket_on_put = true
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with Moto() as server:
        yield server.account.endpoint


@pytest.fixture
def stores(endpoint: str, configured: Configure) -> cfg.ConfigOpts:
    conf = configured(CONF.replace("ENDPOINT", endpoint))
    glance_store.create_multi_stores(conf)
    glance_store.verify_store()
    return conf


@pytest.mark.parametrize("server", ["s3://HOST", "s3+https://old.example.org", "s3://key:se/cret@10.0.0.5:8080"])
def test_the_bucket_of_a_location_counts_and_its_server_does_not(
    endpoint: str, stores: cfg.ConfigOpts, server: str
) -> None:
    host = endpoint.removeprefix("http://")
    added = glance_store.add_with_multihash(stores, "image", BytesIO(b"data"), 4, "before", "sha512")
    assert added[0] == f"s3://{host}/before/image"
    uri = f"{server.replace('HOST', host)}/before/image"
    pieces, size = glance_store.get(uri, "now")
    assert (b"".join(pieces), size) == (b"data", 4)
    assert glance_store.get_size_from_uri_and_backend(uri, "now") == 4
    glance_store.delete(uri, "now")
    with pytest.raises(exceptions.NotFound):
        glance_store.delete(uri, "now")
