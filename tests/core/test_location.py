"""Locations and ids."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orlop.location import MAX_ID_BYTES, is_location, refused_id, scheme_of, without_secrets


@pytest.mark.parametrize(
    ("text", "scheme", "location"),
    [
        ("file:///a", "file", True),
        ("S3+HTTPS://h/b", "s3+https", True),
        ("memory:", "memory", False),
        ("debian-13", "", False),
        ("a/b", "", False),
        ("", "", False),
    ],
)
def test_schemes(text: str, scheme: str, location: bool) -> None:
    assert scheme_of(text) == scheme
    assert is_location(text) is location


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://u:p@host/a", "https://host/a"),
        ("https://u:p%40x@host:8443/a?X-Sig=abc&n=1", "https://host:8443/a?X-Sig=...&n=..."),
        ("s3://AK:SK@host/bucket/key", "s3://host/bucket/key"),
        ("swift+https://p:u:k@host/c/o", "swift+https://host/c/o"),
        ("s3://AK:S/K@host/b/k", "s3://host/b/k"),
        ("file:///a?b=c", "file:///a?b=c"),
        ("https://host.example:8443/a@b", "https://host.example:8443/a@b"),
        ("https://[::1]:8443/a@b", "https://[::1]:8443/a@b"),
        ("https://u:p/w@host/a", "https://host/a"),
        ("https://u:X00]/X@host/a", "https://host/a"),
        ("https://u:/x@host/a", "https://host/a"),
        ("file:///srv/a:b@c/d", "file:///srv/a:b@c/d"),
        ("debian", "debian"),
    ],
)
def test_secrets_are_cut_out(location: str, shown: str) -> None:
    assert without_secrets(location) == shown


@settings(deadline=None)
@given(password=st.text(min_size=4, alphabet=st.characters(exclude_characters=" ?#", exclude_categories=["C", "Z"])))
def test_no_password_survives(password: str) -> None:
    shown = without_secrets(f"https://user:X{password}X@host.example/path")
    assert shown.endswith("host.example/path")
    assert f"X{password}X" not in shown


@pytest.mark.parametrize("image_id", ["a", "debian-13", "ü", "a b", "100%", "a#b?c", "a" * MAX_ID_BYTES, "-x", "x."])
def test_ids_that_are_allowed(image_id: str) -> None:
    assert refused_id(image_id) is None


@pytest.mark.parametrize(
    "image_id",
    [
        "",
        ".",
        "..",
        ".hidden",
        "a/b",
        "../x",
        "a\\b",
        "a\0b",
        "a\nb",
        "\x7f",
        "a" * (MAX_ID_BYTES + 1),
        None,
        5,
        b"a",
        "ü" * 101,
    ],
)
def test_ids_that_are_refused(image_id: object) -> None:
    assert refused_id(image_id)
