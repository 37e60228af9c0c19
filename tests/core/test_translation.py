"""Errors of backends become ours, without their secrets."""

from __future__ import annotations

import traceback

import pytest
from orlop.errors import (
    BackendError,
    InvalidLocation,
    InvalidSettings,
    NotFound,
    StoreError,
    StoreFull,
    Unavailable,
)
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


def test_the_cause_is_the_backends_own_error() -> None:
    error = OSError(28, "No space left on device", "/srv/a")
    with pytest.raises(StoreFull) as caught, TRANSLATION.during("put", "id"):
        raise error
    assert caught.value.__cause__ is error


class Request:
    """What a library hangs on its errors."""

    def __init__(self, **members: object) -> None:
        self.__dict__.update(members)


def told(error: BaseException) -> str:
    """Everything that a report of an error can print, also what no traceback prints."""
    texts = traceback.format_exception(error)
    waiting: list[BaseException | None] = [error]
    seen: list[BaseException] = []
    while waiting:
        one = waiting.pop()
        if one is None or one in seen:
            continue
        seen.append(one)
        members = [getattr(value, "__dict__", "") for value in vars(one).values()]
        texts += [str(one), repr(one), repr(one.args), repr(vars(one)), repr(members)]
        waiting += [one.__cause__, one.__context__]
    return "".join(line for text in texts for line in text.splitlines() if not line.startswith("    "))


def raised_from(error: Exception, cause: Exception | None) -> Exception:
    """The error with a cause or, where that is None, with a context that a traceback leaves out."""
    try:
        try:
            raise OSError("deep: s3cret")
        except OSError:
            raise error from cause
    except Exception as caught:  # noqa: BLE001
        return caught


@pytest.mark.parametrize(
    "error",
    [
        OSError("key s3cret refused"),
        OSError(5, "no", "/s3cret"),
        OSError("p%40ss%20word"),
        OSError({"headers": {"X-Auth-Token": b"abc-s3cret"}}),
        raised_from(OSError("harmless"), OSError("cause: s3cret")),
        raised_from(OSError("harmless"), None),
        raised_from(OSError("harmless"), raised_from(OSError("harmless too"), OSError("deep: s3cret"))),
    ],
    ids=str,
)
@pytest.mark.parametrize("by_driver", [False, True])
def test_no_cause_tells_a_secret(error: OSError, by_driver: bool) -> None:
    with pytest.raises(StoreFull) as caught, TRANSLATION.during("put", "id"):
        if by_driver:
            raise StoreFull(f"full: {error}") from error
        raise error
    text = told(caught.value)
    assert "s3cret" not in text
    assert "p%40ss" not in text
    assert "OSError" in text, "what it was is told"


def test_what_hangs_on_a_cause_tells_no_secret() -> None:
    error = OSError("refused")
    error.request = Request(headers={"X-Auth-Token": "gAAA"}, body=b"x" * 10**8)  # type: ignore[attr-defined]
    with pytest.raises(StoreFull) as caught, TRANSLATION.during("put", "id"):
        raise error
    assert "gAAA" not in told(caught.value)


@pytest.mark.parametrize(
    ("text", "location", "kind"),
    [("pass\u20acword", "id", InvalidSettings), ("x/\ud800", "http://h/\ud800", InvalidLocation)],
)
def test_what_a_protocol_cannot_carry(text: str, location: str, kind: type[StoreError]) -> None:
    with pytest.raises(StoreError) as caught, TRANSLATION.during("put", location):
        text.encode("latin-1")
    assert type(caught.value) is kind
    assert "pass" not in told(caught.value)
    assert not caught.value.retryable


@pytest.mark.parametrize("by_driver", [False, True])
def test_what_a_server_says_is_escaped(by_driver: bool) -> None:
    said = "\x1b]0;evil\x07 \x9b31m a\u202eb\nforged line"
    with pytest.raises(StoreFull) as caught, TRANSLATION.during("put", "id\x1b[2J"):
        raise StoreFull(said) if by_driver else OSError(said)
    assert str(caught.value).isprintable()
    assert "evil" in caught.value.reason
    assert repr(caught.value).isprintable()


def test_a_page_of_text_is_no_message() -> None:
    with pytest.raises(StoreFull) as caught, TRANSLATION.during("put", "id"):
        raise OSError("<html>" + "x" * 1_000_000)
    assert len(caught.value.reason) < 3000


@pytest.mark.parametrize(
    "error",
    [
        KeyError("Contents"),
        ValueError("Exceeds the limit (4300 digits) for integer string conversion"),
        RecursionError("maximum recursion depth exceeded"),
        AssertionError(),
        StopIteration(),
    ],
    ids=repr,
)
def test_what_a_driver_does_not_know_as_its_backends_is_a_backend_error_all_the_same(error: Exception) -> None:
    with pytest.raises(BackendError, match="fast: put: the driver failed with") as caught, TRANSLATION.during("put"):
        raise error
    assert caught.value.__cause__ is error


def test_a_driver_that_cannot_say_what_an_error_means_does_not_hide_it() -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise RecursionError

    def confused(_: BaseException) -> None:
        raise AttributeError("errno")

    with pytest.raises(BackendError, match="the driver failed with Odd: Odd"), Translation("x", confused).during("put"):
        raise Odd


def test_how_long_the_backend_asks_to_wait_is_told() -> None:
    translation = Translation("fast", lambda _: Unavailable, retry_after=lambda _: 8.0)
    with pytest.raises(Unavailable) as caught, translation.during("put"):
        raise OSError("503")
    assert caught.value.retry_after == 8.0


def test_a_mistake_of_the_caller_passes_as_it_is() -> None:
    error = TypeError("no number")
    with pytest.raises(TypeError) as caught, TRANSLATION.completing("put"):
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
