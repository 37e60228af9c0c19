"""Stores that cannot be used when Glance starts: no image is forgotten, and each is deleted when the cause is gone."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from servers.glance import Glance, Store
from servers.http_faults import Fault, HttpFaults
from servers.keystone import Keystone
from servers.moto import Moto
from tests.service.images import Images

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

SDKS = ("python-swiftclient", "boto3", "openstacksdk")
DENIED = b"<Error><Code>AccessDenied</Code><Message>no longer</Message></Error>"
CAUSES = {
    "denied": (403, Fault(times=None, status=403, headers={"Content-Type": "application/xml"}, body=DENIED)),
    "down": (503, Fault(times=None, cut_head=0)),
}
"""By store: what Glance answers to a deletion, and what the store's backend does."""
_DEADLINE = 60.0


def bucket(proxy: HttpFaults, name: str) -> Store:
    return Store(
        "s3",
        {
            "s3_store_host": proxy.base,
            "s3_store_access_key": "key",
            "s3_store_secret_key": "secret",
            "s3_store_bucket": name,
            "s3_store_create_bucket_on_put": True,
            "orlop_settings": "retry_seconds:1",
        },
    )


def test_an_image_in_a_store_that_is_lost_at_the_start_is_kept_until_it_can_be_deleted(tmp_path: Path) -> None:
    with ExitStack() as undo:
        keystone = undo.enter_context(Keystone(folder=tmp_path / "keystone"))
        moto = undo.enter_context(Moto())
        proxies = {name: undo.enter_context(HttpFaults("127.0.0.1", moto.port)) for name in CAUSES}
        stores = {name: bucket(proxy, name) for name, proxy in proxies.items()}
        (tmp_path / "glance").mkdir()

        def glance() -> Glance:
            return Glance(keystone, stores, requirements=SDKS, folder=tmp_path / "glance")

        with glance() as first:
            images = Images(first.url, keystone.account("demo").token())
            kept = {name: images.create(name) for name in CAUSES}
            for name, image in kept.items():
                assert images.put(image, b"data", name).status == 204
            images.close()
        for name, (_, fault) in CAUSES.items():
            proxies[name].set(fault)
        with glance() as second:
            images = Images(second.url, keystone.account("demo").token())
            for name, (status, _) in CAUSES.items():
                answer = images.delete(kept[name])
                assert answer.status == status, answer.data
            assert sorted(images.all()) == sorted(kept.values())
            for name, image in kept.items():
                proxies[name].set()
                _delete(images, image)
            assert images.all() == []
            images.close()


def _delete(images: Images, image: str) -> None:
    """Delete it as soon as the store is looked at again; Glance is not started again."""
    end = time.monotonic() + _DEADLINE
    while (answer := images.delete(image)).status != 204:
        assert time.monotonic() < end, answer.data
        time.sleep(0.5)
