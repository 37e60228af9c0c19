"""Servers that say what is not so, or say it in odd ways: the image is right, or there is a clear error."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from orlop.errors import BackendError, Mismatch, NotFound, StoreError, Unavailable, Unsupported
from orlop.store import Store
from orlop.support.retry_after import retry_after_seconds

from servers.liar import Answer, Liar, head, honest
from tests.drivers.http.conftest import MakeStore

pytestmark = pytest.mark.server

DATA = bytes(range(256)) * 1000


def always(*answer: bytes) -> Answer:
    return lambda method, asked: b"".join(answer)


def read(store: Store, answer: Answer, *, keep: bool = True) -> bytes:
    with Liar(answer, keep=keep) as liar, store.open(liar.url) as reader:
        return reader.read()


# 416


@pytest.mark.parametrize("told", ["bytes */10", "bytes */1", "", "bytes 0-0/0", "bytes */*", "bytes */x"])
def test_416_to_everything_is_no_empty_image(store: Store, told: str) -> None:
    for ask in (store.open, store.stat):
        said = head(416, f"Content-Range: {told}", "Content-Length: 0")
        with Liar(always(said)) as liar, pytest.raises(BackendError, match="416"):
            ask(liar.url)


def test_416_that_turns_to_empty_is_no_empty_image(store: Store) -> None:
    def answer(method: str, asked: dict[str, str]) -> bytes:
        return head(416, f"Content-Range: bytes */{10 if 'range' in asked else 0}", "Content-Length: 0")

    with Liar(answer) as liar, pytest.raises(BackendError, match="416"):
        store.open(liar.url)


@pytest.mark.parametrize(
    "whole", [head(200, "Content-Length: 0"), head(416, "Content-Range: Bytes */0", "Content-Length: 0")]
)
def test_an_empty_image_is_empty(store: Store, whole: bytes) -> None:
    def answer(method: str, asked: dict[str, str]) -> bytes:
        return head(416, "Content-Range: bytes */0", "Content-Length: 0") if "range" in asked else whole

    with Liar(answer) as liar:
        with store.open(liar.url) as reader:
            assert (reader.size, reader.read()) == (0, b"")
        assert store.stat(liar.url).size == 0


def test_416_for_a_range_where_the_whole_has_bytes(store: Store) -> None:
    def answer(method: str, asked: dict[str, str]) -> bytes:
        if "range" in asked:
            return head(416, "Content-Range: bytes */0", "Content-Length: 0")
        return honest(DATA)(method, asked)

    assert read(store, answer) == DATA


def test_one_empty_answer_is_no_empty_image(store: Store) -> None:
    # As a box on the way gives in a server's name; asked again, the server is heard.
    with Liar(honest(DATA)) as liar:
        answers = iter([head(200, "Content-Length: 0")])
        liar.answer = lambda method, asked: next(answers, None) or honest(DATA)(method, asked)
        with store.open(liar.url) as reader:
            assert reader.read() == DATA


# What HEAD says


@pytest.mark.parametrize(
    "said",
    [
        head(200, "Content-Length: 0"),
        head(200),
        head(200, "Content-Length: x"),
        head(200, "Content-Length: " + "9" * 5000),
        head(200, "Content-Length: 5", "Content-Encoding: gzip"),
        *(head(status, "Content-Length: 0") for status in (204, 206, 400, 401, 403, 404, 405, 410, 416, 429, 500, 501, 503)),
        b"",
    ],
    ids=lambda said: said[:60].decode().split("\r\n\r\n")[0].replace("\r\n", " ") or "nothing",
)  # fmt: skip
def test_head_is_not_believed_where_get_works(store: Store, said: bytes) -> None:
    def answer(method: str, asked: dict[str, str]) -> bytes:
        if method == "HEAD":
            if not said:
                raise ConnectionError
            return said
        return honest(DATA)(method, asked)

    with Liar(answer) as liar:
        assert store.stat(liar.url).size == len(DATA)
        assert store.exists(liar.url)


def test_where_get_fails_too_the_image_is_not_there(store: Store) -> None:
    with Liar(always(head(404, "Content-Length: 0"))) as liar:
        with pytest.raises(NotFound):
            store.stat(liar.url)
        assert not store.exists(liar.url)


@pytest.mark.parametrize("status", [204, 202, 206, 226])
def test_get_without_the_image(store: Store, status: int) -> None:
    for ask in (store.open, store.stat):
        with Liar(always(head(status, "Content-Length: 0"))) as liar, pytest.raises(BackendError):
            ask(liar.url)


# How it is said


@pytest.mark.parametrize("unit", ["bytes", "Bytes", "BYTES"])
def test_the_unit_of_a_range_has_no_case(store: Store, unit: str) -> None:
    def answer(method: str, asked: dict[str, str]) -> bytes:
        return honest(DATA)(method, asked).replace(b"Content-Range: bytes", f"Content-Range: {unit}".encode())

    assert read(store, answer) == DATA
    with Liar(answer) as liar, store.open(liar.url, 1000, 2000) as reader:
        assert reader.read() == DATA[1000:2000]


@pytest.mark.parametrize(
    "coding", ["identity", "Identity", "identity, identity", "none", "aws-chunked", "aws-chunked,", "", " identity "]
)
def test_a_coding_that_is_none(store: Store, coding: str) -> None:
    answer = honest(DATA, f"Content-Encoding: {coding}")
    assert read(store, answer) == DATA
    with Liar(answer) as liar:
        assert store.stat(liar.url).size == len(DATA)


@pytest.mark.parametrize(
    "coding", ["gzip", "x-gzip", "br", "zstd", "aws-chunked, gzip", "gzip, identity", "deflate", "x"]
)
def test_a_coding_that_changes_the_bytes(store: Store, coding: str) -> None:
    with Liar(honest(DATA, f"Content-Encoding: {coding}")) as liar:
        for ask in (store.open, store.stat):
            with pytest.raises(BackendError, match="Content-Encoding"):
                ask(liar.url)


@pytest.mark.parametrize("coding", ["gzip, chunked", "chunked, chunked", "gzip"])
def test_a_transfer_coding_that_is_not_taken_off(store: Store, coding: str) -> None:
    answer = always(head(200, f"Transfer-Encoding: {coding}"), b"5\r\nhello\r\n0\r\n\r\n")
    with Liar(answer, keep=False) as liar, pytest.raises(BackendError, match="Transfer-Encoding"):
        store.open(liar.url)


def test_a_body_without_an_end_of_its_own_is_refused(store: Store) -> None:
    # It might be cut: nobody could tell.
    with Liar(always(head(200), DATA), keep=False) as liar, pytest.raises(BackendError, match="where the image ends"):
        store.open(liar.url)


def test_a_change_of_a_weak_etag_is_a_change(store: Store) -> None:
    tags = iter(['W/"one"', 'W/"two"', 'W/"three"'])

    def answer(method: str, asked: dict[str, str]) -> bytes:
        return honest(DATA, f"ETag: {next(tags)}")(method, asked)

    with Liar(answer) as liar, store.open(liar.url) as reader, pytest.raises(Mismatch, match="ETag"):
        reader.read()


# What no number, date or URL is


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Length: " + "9" * 5000],
        ["Content-Length: 1e3"],
        ["Content-Length: -1"],
        ["Content-Length: +256000"],
        ["Content-Length: 256_000"],
        ["Content-Length: \xb2"],
        ["Content-Length: 5", "Content-Length: 6"],
    ],
    ids=lambda headers: headers[0][:30],
)
def test_a_length_that_is_none(store: Store, headers: list[str]) -> None:
    with Liar(always(head(200, *headers), DATA), keep=False) as liar:
        for ask in (store.open, store.stat):
            with pytest.raises(StoreError) as caught:
                ask(liar.url)
            assert isinstance(caught.value, BackendError | Unavailable)


@pytest.mark.parametrize(
    "told",
    ["bytes 0-9/" + "9" * 5000, f"bytes {'0' * 5000}-9/10", "bytes 0-9/-10", "bytes 9-0/10", "bytes 0-9/5", "bytes=0-9/10",
     "bytes 0-\xb9/10", "octets 0-9/10", "none", "bytes 1-10/11", "bytes */10", "bytes 0-9, 10-19/20"],
)  # fmt: skip
def test_a_range_that_is_none(store: Store, told: str) -> None:
    with Liar(always(head(206, f"Content-Range: {told}", "Content-Length: 10"), DATA[:10])) as liar:
        for ask in (store.open, store.stat):
            with pytest.raises(BackendError):
                ask(liar.url)


def test_many_ranges_in_one_answer(store: Store) -> None:
    parts = b"--x\r\nContent-Range: bytes 0-9/256000\r\n\r\n0123456789\r\n--x--\r\n"
    said = head(206, "Content-Type: multipart/byteranges; boundary=x", f"Content-Length: {len(parts)}")
    with Liar(always(said, parts)) as liar, pytest.raises(BackendError):
        store.open(liar.url)


@pytest.mark.parametrize(
    "date",
    ["x", "Fri, 99 Nov 99999 99:99:99 GMT", "Fri, 27 Nov 2026 00:00:00 +999999999", "1 Jan " + "9" * 5000, "\xff\xfe", ",",
     "Mon, 00 Jan 0000 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 -0000"],
)  # fmt: skip
def test_a_date_that_is_none(store: Store, date: str) -> None:
    answer = honest(DATA, f"Last-Modified: {date}")
    with Liar(answer) as liar:
        found = store.stat(liar.url)
        assert found.size == len(DATA)
        assert found.modified is None or found.modified.tzinfo is not None
    assert read(store, answer) == DATA


@pytest.mark.parametrize(
    "target",
    ["http://\xff\xfe/", "http://user@h", "http://user:pw@/x", "http://h:99999/x", "http://h:" + "9" * 5000 + "/x",
     "http://h:-1/x", "http://h:0/x", "http://[::1/x", "http://[v1.x]/x", "http://a..b/x", f"http://{'a' * 64}.example/x",
     f"http://{'a.' * 200}example/x", "http://xn--\xfc/x", "http:///x", "http://%00/x", "http://h/%00", "//", "http:",
     "http://\x01/x", "x" * 60_000, "https:\\\\h\\x", "http://h h/x", "?" * 1000, "javascript:alert(1)"],
    ids=lambda target: target[:30].encode("unicode_escape").decode(),
)  # fmt: skip
def test_a_redirect_to_what_is_no_url(store: Store, target: str) -> None:
    with Liar(always(head(302, f"Location: {target}", "Content-Length: 0"))) as liar:
        for ask in (store.open, store.stat):
            with pytest.raises(StoreError) as caught:
                ask(liar.url)
            assert "pw" not in str(caught.value)
            assert str(caught.value).isprintable()


def test_what_a_server_says_is_escaped(store: Store) -> None:
    with Liar(always(head(302, "Location: \x1b[31m://\x9b2J\xe2\x80\xae", "Content-Length: 0"))) as liar:
        with pytest.raises(StoreError) as caught:
            store.open(liar.url)
        assert str(caught.value).isprintable()


# Retry-After


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("8", 8.0), (" 8 ", 8.0), ("0", 0.0), ("Fri, 27 Nov 2026 12:00:30 GMT", 30.0), ("Fri, 27 Nov 2026 11:00:00 GMT", 0.0),
     ("Friday, 27-Nov-26 12:00:30 GMT", 30.0), ("-1", None), ("soon", None), ("", None), (None, None), ("1.5", None),
     ("\xb2", None), ("Fri, 99 Nov 99999 99:99:99 GMT", None)],
)  # fmt: skip
def test_retry_after(text: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(text, datetime(2026, 11, 27, 12, tzinfo=UTC)) == seconds


def test_retry_after_of_any_length() -> None:
    assert (retry_after_seconds("9" * 5000) or 0) > 10**17


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("by_date", [False, True])
def test_a_server_that_asks_to_wait_is_heard(make_store: MakeStore, status: int, by_date: bool) -> None:
    store = make_store(attempts=1)
    text = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True) if by_date else "60"
    with Liar(always(head(status, f"Retry-After: {text}", "Content-Length: 0"))) as liar:
        for ask in (store.open, store.stat):
            with pytest.raises(Unavailable) as caught:
                ask(liar.url)
            assert caught.value.retry_after is not None
            assert 0 < caught.value.retry_after <= 60


# Ranges that are not there


@pytest.mark.parametrize("chunked", [False, True])
def test_an_offset_without_ranges_is_refused_when_it_is_opened(store: Store, chunked: bool) -> None:
    def answer(method: str, asked: dict[str, str]) -> bytes:
        if chunked:
            return head(200, "Transfer-Encoding: chunked") + b"%x\r\n%b\r\n0\r\n\r\n" % (len(DATA), DATA)
        return head(200, f"Content-Length: {len(DATA)}") + DATA

    with Liar(answer) as liar:
        with pytest.raises(Unsupported, match="from its start only"):
            store.open(liar.url, 5)
        blob = store._driver.open(liar.url)
        with pytest.raises(Unsupported, match="from its start only"):
            blob.read(5)
        blob.close()
        with store.open(liar.url, 0, 10) as reader:
            assert reader.read() == DATA[:10]


# Hostile servers


def test_the_rest_of_a_redirect_takes_no_time(make_store: MakeStore) -> None:
    # Its body never comes: what is not needed is not waited for.
    store = make_store(attempts=1, read_timeout=60.0, deadline=60.0)
    with Liar(honest(DATA)) as good:
        moved = head(302, f"Location: {good.url}", "Content-Length: 5000")
        with Liar(always(moved, b"x")) as liar, store.open(liar.url) as reader:
            assert reader.read() == DATA
