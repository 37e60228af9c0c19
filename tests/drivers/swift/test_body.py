"""What is sent is what is hashed, however often it is sent."""

from __future__ import annotations

import hashlib

from orlop.drivers.swift.body import HashedBody

BLOCK = bytes(range(256)) * 4097


def test_it_is_hashed_anew_each_time_it_is_sent() -> None:
    body = HashedBody(BLOCK)
    assert len(body) == len(BLOCK)
    sending = iter(body)
    next(sending)  # and then the login had run out
    due = hashlib.md5(BLOCK, usedforsecurity=False).hexdigest()
    assert body.etag != due
    for _ in range(2):
        assert b"".join(bytes(piece) for piece in body) == BLOCK
        assert body.etag == due
