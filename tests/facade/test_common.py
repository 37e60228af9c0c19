"""The small functions that drivers of others import."""

from __future__ import annotations

import hashlib
import io
import threading
import time
from typing import Any

import pytest
from glance_store import i18n
from glance_store.common import utils


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("c1fd4a9f-0dd1-4d27-8b2c-26d1ef0ab0fb", True),
        ("C1FD4A9F-0DD1-4D27-8B2C-26D1EF0AB0FB", False),
        ("c1fd4a9f0dd14d278b2c26d1ef0ab0fb", False),
        ("{c1fd4a9f-0dd1-4d27-8b2c-26d1ef0ab0fb}", False),
        ("", False),
        ("image", False),
        ("\0", False),
        (None, False),
        (7, False),
        (b"c1fd4a9f-0dd1-4d27-8b2c-26d1ef0ab0fb", False),
    ],
)
def test_a_uuid_is_in_its_canonical_form(value: object, answer: bool) -> None:
    assert utils.is_uuid_like(value) is answer


def test_chunks_of_what_can_be_read() -> None:
    assert list(utils.chunkiter(io.BytesIO(b"abcde"), 2)) == [b"ab", b"cd", b"e"]
    assert list(utils.chunkreadable(io.BytesIO(b"abcde"), chunk_size=4)) == [b"abcd", b"e"]
    assert list(utils.chunkiter(io.BytesIO())) == []
    assert [len(chunk) for chunk in utils.chunkreadable(io.BytesIO(bytes(70000)))] == [65536, 4464]


def test_chunks_stay_as_they_are() -> None:
    chunks = [b"abc", b"d"]
    assert utils.chunkreadable(chunks, 1) is chunks


@pytest.mark.parametrize("security", [True, False])
@pytest.mark.parametrize("name", ["md5", "sha256", "sha512", "sha3_256"])
def test_a_digest_by_its_name(name: str, security: bool) -> None:
    hasher = utils.get_hasher(name, usedforsecurity=security)
    hasher.update(b"orlop")
    assert hasher.hexdigest() == hashlib.new(name, b"orlop").hexdigest()


def test_no_such_digest() -> None:
    with pytest.raises(ValueError, match="rot13"):
        utils.get_hasher("rot13")


def test_one_at_a_time() -> None:
    busy, most = [0], [0]

    @utils.synchronized("one-at-a-time")
    def work() -> None:
        busy[0] += 1
        most[0] = max(most[0], busy[0])
        time.sleep(0.01)
        busy[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


@pytest.mark.parametrize("mark", [i18n._, i18n._LI, i18n._LW, i18n._LE, i18n._LC])
def test_a_text_without_a_translation_is_itself(mark: Any) -> None:
    assert mark("Image %(image)s") == "Image %(image)s"
