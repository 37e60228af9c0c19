"""Errors of backends become ours, without their secrets."""

from __future__ import annotations

import pytest
from orlop.errors import InvalidLocation, NotFound, StoreFull
from orlop.translation import Translation


def meaning(error: BaseException) -> type[StoreFull] | None:
    return StoreFull if isinstance(error, OSError) else None


TRANSLATION = Translation("fast", meaning, ["p@ss word", "s3cret"])


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(28, "No space left on device", "/srv/a"), "fast: put id: No space left on device: /srv/a"),
        (OSError(28, "No space", "/a", None, "/b"), "fast: put id: No space: /a: /b"),
        (OSError("key s3cret refused"), "fast: put id: key *** refused"),
        (OSError("at https://u:p@ss word@h/x"), "fast: put id: at https://h/x"),
        (OSError("see https://user:other@h/x?sig=abc now"), "fast: put id: see https://h/x?sig=... now"),
        (OSError("two\n  lines"), "fast: put id: two lines"),
        (OSError(), "fast: put id: OSError"),
    ],
)
def test_text(error: OSError, text: str) -> None:
    with pytest.raises(StoreFull) as caught, TRANSLATION.during("put", "id"):
        raise error
    assert str(caught.value) == text
    assert caught.value.__cause__ is error


def test_what_is_not_the_backends_passes() -> None:
    error = KeyError("a bug")
    with pytest.raises(KeyError) as caught, TRANSLATION.during("put"):
        raise error
    assert caught.value is error


def test_our_own_errors_are_completed() -> None:
    cause = OSError(5, "x")
    with (
        pytest.raises(NotFound, match="fast: open memory://a: gone") as caught,
        TRANSLATION.during("open", "memory://a"),
    ):
        raise NotFound("gone") from cause
    assert caught.value.__cause__ is cause
    with pytest.raises(InvalidLocation, match="other: read b: gone"), TRANSLATION.during("open", "a"):
        raise InvalidLocation("gone", store="other", operation="read", location="b")
