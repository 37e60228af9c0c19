"""The errors: what they say, and that they survive a trip between processes."""

from __future__ import annotations

import pickle
from typing import Any

import orlop
import pytest
from orlop.errors import StoreError, Unavailable


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "why"),
        ({"store": "fast"}, "fast: why"),
        ({"operation": "put"}, "put: why"),
        ({"store": "fast", "operation": "put", "location": "id"}, "fast: put id: why"),
        ({"location": "https://u:secret@h/x?sig=secret"}, "https://h/x?sig=...: why"),
    ],
)
def test_text(fields: dict[str, Any], text: str) -> None:
    assert str(StoreError("why", **fields)) == text


def test_only_unavailable_is_retryable() -> None:
    kinds = [kind for kind in vars(orlop.errors).values() if isinstance(kind, type) and issubclass(kind, StoreError)]
    assert [kind for kind in kinds if kind.retryable] == [Unavailable]


def test_errors_can_be_sent_to_another_process() -> None:
    error = pickle.loads(pickle.dumps(orlop.NotFound("why", store="s", operation="open", location="memory://x")))
    assert isinstance(error, orlop.NotFound)
    assert str(error) == "s: open memory://x: why"
