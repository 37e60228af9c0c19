"""Large objects that others have made: dynamic ones, as old glance_store did, and static ones of static ones."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator

import pytest
from orlop.errors import NotFound

from servers.keystone import Account
from servers.swift import Swift
from tests.drivers.swift.stores import MIB, Place, place

pytestmark = pytest.mark.server

PARTS = [hashlib.sha256(bytes([at])).digest() * (MIB // 32) for at in range(5)] + [b"the end"]
DATA = b"".join(PARTS)


@pytest.fixture
def here(swift: Swift, operator: Account) -> Iterator[Place]:
    with place(swift, operator) as made:
        yield made


@pytest.fixture
def beside(here: Place) -> Iterator[str]:
    """A container of others', whose objects are gone in the end."""
    name = f"beside-{here.container}"
    here.witness.request("PUT", name)
    yield name
    assert here.witness.request("DELETE", name).status == 204


def parts_in(here: Place, container: str, prefix: str) -> list[dict[str, object]]:
    """The parts are stored; the lines of a manifest of them."""
    lines: list[dict[str, object]] = []
    for number, part in enumerate(PARTS):
        name = f"{prefix}{number:05d}"
        answer = here.witness.request("PUT", f"{container}/{name}", body=part)
        assert answer.status == 201
        etag = answer.headers["ETag"].strip('"')
        lines.append({"path": f"/{container}/{name}", "etag": etag, "size_bytes": len(part)})
    return lines


def static(here: Place, path: str, lines: list[dict[str, object]]) -> dict[str, object]:
    answer = here.witness.request("PUT", f"{path}?multipart-manifest=put", body=json.dumps(lines).encode())
    assert answer.status == 201, answer.data
    size = sum(int(str(line["size_bytes"])) for line in lines)
    return {"path": f"/{path}", "etag": answer.headers["ETag"].strip('"'), "size_bytes": size}


def is_the_image(here: Place) -> None:
    """It is found, listed, read in whole and in part, and gone after its deletion; so is all that it was made of."""
    location = here.store.locate("image")
    assert here.store.stat(location).size == len(DATA)
    assert [(one.image_id, one.size) for one in here.store.list()] == [("image", len(DATA))]
    with here.store.open(location) as reader:
        assert reader.read() == DATA
        reader.seek(2 * MIB - 3)
        assert reader.read(7) == DATA[2 * MIB - 3 : 2 * MIB + 4]
    copied = here.store.copy(location, here.store, "copy").location
    with here.store.open(copied) as reader:
        assert reader.read() == DATA
    here.store.delete(copied)
    assert list(here.store.leftovers()) == []
    here.store.delete(location)
    assert here.left() == set()
    with pytest.raises(NotFound):
        here.store.stat(location)


@pytest.mark.parametrize("where", ["beside the image", "elsewhere"])
def test_a_dynamic_one(here: Place, beside: str, where: str) -> None:
    container = beside if where == "elsewhere" else here.container
    parts_in(here, container, "image-")
    here.witness.request("PUT", f"{here.container}/image", {"X-Object-Manifest": f"{container}/image-"}, body=b"")
    is_the_image(here)


def test_a_dynamic_one_of_our_own(swift: Swift, operator: Account) -> None:
    with place(swift, operator, large_objects="dlo") as here:
        here.store.put("image", DATA)
        assert here.witness.request("HEAD", f"{here.container}/image").headers["X-Object-Manifest"]
        is_the_image(here)


def test_a_static_one_of_static_ones(here: Place, beside: str) -> None:
    lines = parts_in(here, beside, "part/")
    first = static(here, f"{beside}/table-0", lines[:2])
    inner = static(here, f"{beside}/table-1", lines[2:4])
    second = static(here, f"{beside}/table-2", [inner, lines[4]])
    static(here, f"{here.container}/image", [first, second, lines[5]])
    is_the_image(here)


def test_a_static_one_of_ranges_and_bytes(here: Place, beside: str) -> None:
    """Swift lets a manifest name a part of an object, one object twice, and hold bytes itself."""
    head, body = DATA[:10], DATA[10:]
    here.witness.request("PUT", f"{beside}/both", body=b"junk" + body)
    half, end = len(body) // 2 + 4, len(body) + 3
    lines: list[dict[str, object]] = [
        {"data": base64.b64encode(head).decode()},
        {"path": f"/{beside}/both", "range": f"4-{half - 1}"},
        {"path": f"/{beside}/both", "range": f"{half}-{end}"},
    ]
    answer = here.witness.request(
        "PUT", f"{here.container}/image?multipart-manifest=put", body=json.dumps(lines).encode()
    )
    assert answer.status == 201, answer.data
    is_the_image(here)
