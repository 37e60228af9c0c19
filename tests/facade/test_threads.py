"""Glance serves requests in native threads: one store object serves them all."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import glance_store
import pytest
from glance_store import backend, capabilities

from tests.facade.conftest import TWO, Configure

SIZE = 300_000


def source(number: int) -> list[bytes]:
    return [bytes([number]) * 1000] * (SIZE // 1000)


@pytest.fixture
def conf(configured: Configure) -> None:
    glance_store.create_multi_stores(configured(TWO))


@pytest.mark.usefixtures("conf")
def test_every_store_is_reusable() -> None:
    for name in ("fast", "slow", "web"):
        store = glance_store.get_store_from_store_identifier(name)
        assert store.is_capable(capabilities.BitMasks.DRIVER_REUSABLE)
        assert store is glance_store.get_store_from_store_identifier(name)


@pytest.mark.usefixtures("conf")
def test_many_images_at_once(tmp_path: Path) -> None:
    def there_and_back(number: int) -> bool:
        name = ("fast", "slow")[number % 2]
        data = source(number)
        added = glance_store.add_with_multihash(backend.CONF, f"image-{number}", data, 0, name, "sha256")
        pieces, size = glance_store.get(added[0], None)
        right = hashlib.sha256(b"".join(pieces)).hexdigest() == added[3] and size == SIZE
        glance_store.delete(added[0], None)
        return right

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(there_and_back, range(48)))
    assert not list((tmp_path / "fast").iterdir())
    assert not list((tmp_path / "slow").iterdir())


@pytest.mark.usefixtures("conf")
def test_of_several_uploads_of_one_id_one_wins(tmp_path: Path) -> None:
    def put(number: int) -> int | None:
        try:
            glance_store.add(backend.CONF, "image", source(number), 0, "fast")
        except glance_store.Duplicate:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        (winner,) = [number for number in pool.map(put, range(8)) if number is not None]
    assert (tmp_path / "fast" / "image").read_bytes() == b"".join(source(winner))
    assert [path.name for path in (tmp_path / "fast").iterdir()] == ["image"]
