"""No secret is in what is shown, in whatever form it got there, and nothing in it that a terminal would obey."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from orlop.support.redact import Redaction, printable, redacted_text, redacted_url

SECRETS = st.text(min_size=4, max_size=24, alphabet=st.characters(exclude_characters="⟦⟧", exclude_categories=["Cs"]))
"""What a password may be made of; the characters left out stand around it in the texts below."""


def pair(user: str, secret: str, encoding: str = "utf-8") -> bytes:
    return f"{user}:{secret}".encode(encoding)


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "repr": lambda secret: repr(secret)[1:-1],
    "repr of repr": lambda secret: repr(repr(secret))[2:-2],
    "ascii": lambda secret: ascii(secret)[1:-1],
    "bytes": lambda secret: repr(secret.encode())[2:-1],
    "bytes as latin-1": lambda secret: secret.encode().decode("latin-1"),
    "json": lambda secret: json.dumps(secret)[1:-1],
    "json, not escaped": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "percent": lambda secret: quote(secret, safe=""),
    "percent, small": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "percent, of all": lambda secret: "".join(f"%{byte:02X}" for byte in secret.encode()),
    "percent, path": lambda secret: quote(secret, safe="/:@!$&'()*+,;=~"),
    "percent, twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "form": quote_plus,
    "html": html.escape,
    "html, not quotes": lambda secret: html.escape(secret, quote=False),
    "one line": lambda secret: " ".join(secret.split()),
    "in a location": lambda secret: f"https://user:{secret}@host.example/path",
    "in a location of S3": lambda secret: f"s3+https://user:{secret}@host.example/bucket/key",
    "in a location, quoted": lambda secret: f"https://user:{quote(secret, safe='')}@host.example/path",
    "in a query": lambda secret: f"/path?{urlencode({'X-Amz-Signature': secret})}",
    "base64 after 1": lambda secret: base64.b64encode(pair("", secret)).decode(),
    "base64 after 2": lambda secret: base64.b64encode(pair("u", secret)).decode(),
    "base64 after 3": lambda secret: base64.b64encode(pair("us", secret)).decode(),
    "base64 after many": lambda secret: base64.b64encode(pair("a long user", secret)).decode(),
    "base64 for URLs": lambda secret: base64.urlsafe_b64encode(pair("me", secret)).decode(),
    "base64, quoted": lambda secret: quote(base64.b64encode(pair("me", secret)).decode(), safe=""),
}
TOO_SHORT_IN_BASE64 = 6
"""Of fewer bytes Base64 says too little to be known by."""


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, derandomize=True, max_examples=150)
@given(secret=SECRETS)
@example("Zqalpha/Zqbeta@Zqgamma%Zqdelta:Zqepsil+Zqzeta?Zqeta#Zqthéta9")
@example("two\nlines of it")
@example("12/34@h.x/y")
@example("Ünïcode€\U0001f511key")
@example("back\\slash\"quote'")
@example("{brace}$[a-z]+\\d(")
def test_a_known_secret_is_not_shown(form: str, secret: str) -> None:
    if not secret.strip() or (form.startswith("base64") and len(secret.encode()) < TOO_SHORT_IN_BASE64):
        return
    shown = FORMS[form](secret)
    text = Redaction([secret])(f"⟦{shown}⟧")
    assert "⟦" in text or "://" in shown
    assert printable(shown) not in text
    assert secret not in text


@settings(deadline=None, derandomize=True, max_examples=300)
@given(password=SECRETS)
@example("pass/word")
@example("pass?word")
@example("pass#word")
@example("12/34")
@example("1?2@3")
@example("@@@@")
@example("a@b/c:d")
@pytest.mark.parametrize("scheme", ["https", "s3+https", "swift+http"])
def test_a_password_in_a_location_is_not_shown(scheme: str, password: str) -> None:
    for location in (
        f"{scheme}://user:⟦{password}⟧@host.example/path",
        f"{scheme}://user:{password}@host.example/path",
    ):
        shown = redacted_url(location)
        assert shown == f"{scheme}://host.example/path"
        told = redacted_text(f"cannot open {location}.")
        assert "⟦" not in told or "\n" in printable(password) or any(char.isspace() for char in password)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://user:other@h/x?sig=abc now", "see https://h/x?sig=... now"),
        ("see https://user:a PASS@h/x now", "see https://h/x now"),
        ("with url: /x?Signature=a'PASS&b=c (Caused by", "with url: /x?Signature=...&b=... (Caused by"),
        ('https://h:443 "GET /x?a\'PASS HTTP/1.1" 200 5', 'https://h:443 "GET /x?... HTTP/1.1" 200 5'),
        ("key?X-Amz-Signature=PASS", "key?X-Amz-Signature=..."),
        ("at https://h/x?PASS", "at https://h/x?..."),
        ("at https://h/x?PASS==", "at https://h/x?..."),
        ("at https://h/x#PASS", "at https://h/x#..."),
        ("at s3://h/b/k?X-Amz-Signature=PASS", "at s3://h/b/k?X-Amz-Signature=..."),
        ("{'Authorization': 'Basic UEFTUw==', 'X': 1}", "{'Authorization': '***', 'X': 1}"),
        ("Authorization: AWS4-HMAC-SHA256 PASS", "Authorization: ***"),
        ("{'X-Auth-Token': b'PASS'}", "{'X-Auth-Token': b'***'}"),
        ("x-amz-security-token:PASS", "x-amz-security-token:***"),
        ('{"password": "PASS"}', '{"password": "***"}'),
        ("Bearer PASSPASSPASS refused", "Bearer *** refused"),
        ("token gAAAAA" + "P" * 60, "token ***"),
        ("AUTH_tk" + "0" * 32, "***"),
        ("is that a path/to?yes", "is that a path/to?yes"),
        ("password: set it in the file", "password: set it in the file"),
        ("http://h:80/x is not me@host", "http://h:80/x is not me@host"),
    ],
)
def test_what_may_be_a_credential_is_not_shown(text: str, shown: str) -> None:
    assert redacted_text(text) == shown


@pytest.mark.parametrize(
    "location",
    ["https://host.example/a@b", "https://host.example:8443/a@b", "https://[::1]:8443/a@b", "http://host:80/a?", "a@b",
     "rbd://fsid/pool/image/snap", "file:///srv/a:b@c/d?e#f", "s3+https://host/bucket/a%40b", "https://host:8443/a"],
)  # fmt: skip
def test_a_location_without_secrets_stays(location: str) -> None:
    assert redacted_url(location) == location


def test_a_short_secret_does_not_eat_the_words() -> None:
    assert Redaction(["e", "ab"])("the key e and ab of the table") == "the key *** and *** of the table"


@pytest.mark.parametrize(
    "text", ["coo\u212aie: hidden-word", "'\u017fecret': 'hidden-word'", "ba\u017fic hidden-word", "BEARER hidden-word"]
)
def test_other_letters_that_are_the_same_in_another_case_show_nothing(text: str) -> None:
    assert "hidden-word" not in redacted_text(text)


def test_a_secret_that_was_cut_off_is_not_shown() -> None:
    assert Redaction(["correct horse battery"])("the server said: correct horse b") == "the server said: ***"


def test_one_line_of_a_secret_is_not_shown() -> None:
    assert "second line" not in Redaction(["first line\nsecond line"])("refused: b'second line'")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x9b2J", "\\x9b2J"),
        ("a\u202egpj.exe", "a\\u202egpj.exe"),
        ("a\u2066b\u2069\u200b\ufeff", "a\\u2066b\\u2069\\u200b\\ufeff"),
        ("two\r\nlines\nmore", "two lines more"),
        ("over\rwritten\x08\x00\x7f\t", "over\\rwritten\\x08\\x00\\x7f\\t"),
        ("\ud800", "\\ud800"),
        ("größer 漢字 🔑", "größer 漢字 🔑"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


@settings(deadline=None, derandomize=True, max_examples=300)
@given(text=st.text())
def test_whatever_is_shown_is_printable(text: str) -> None:
    assert printable(text).isprintable()
    assert Redaction(["secret"])(text).isprintable()


@pytest.mark.parametrize(
    "text", ["a" * 20_000, "a://:" * 4000, "/-" * 10_000, "x-a-" * 5000, "?a=" * 7000, "Zm9v" * 5000]
)
def test_a_hostile_text_takes_no_time(text: str) -> None:
    # Not timed: a pattern that looks back again and again would take minutes here.
    Redaction(["secret", "a long secret" * 300])(text)
