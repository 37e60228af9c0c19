"""Locations as strangers, old databases and broken clients may give them."""

from __future__ import annotations

from hypothesis import strategies as st

SECRET = "S3kr1t9f2c"
SCHEMES = [
    "file",
    "filesystem",
    "http",
    "https",
    "swift",
    "swift+http",
    "swift+https",
    "swift+config",
    "rbd",
    "cinder",
    "s3",
    "s3+http",
    "s3+https",
    "vsphere",
]
CREDENTIALS = [
    "",
    f"user:{SECRET}@",
    f"user:{SECRET}/and+more@",
    f"user:a:b@c{SECRET}@",
    f"user:100%{SECRET}%2F%zz@",
    f"tenant%3Auser:{SECRET}@",
    f"tenant:user:{SECRET}@",
    f"AKID:{SECRET}?x#y@",
    f":{SECRET}@",
    f"user:\u212a{SECRET}\u00e9@",
]
HOSTS = [
    "",
    "host",
    "host.example",
    "127.0.0.1",
    "[::1]",
    "[fe80::1%25eth0]",
    "[::1",
    "::1]",
    "[v1.x]",
    "localhost",
    "b\u00fccher.example",
    "ho\u2100st",
    "a..b",
    "-",
    "%",
    "*",
    "0x7f.1",
    "x" * 300,
]
PORTS = ["", ":", ":80", ":0", ":65536", ":-1", ":8080x", ":\u0661", ":99999999999999999999"]
ODD = st.sampled_from(
    [
        "",
        "\0",
        "\n",
        "\r\n",
        "\t",
        " ",
        "%",
        "%00",
        "%0a",
        "%2e%2e",
        "%ff",
        "\ud800",
        "\udcff",
        "\u202e",
        "\U0001f4a9",
        "[",
        "]",
        "\\",
        "//",
        "..",
        ".",
        "'",
        '"',
        "<",
        "#",
        "?",
        "&",
        ";",
        "@",
        "$",
        "{",
        "%(x)s",
        "{0}",
    ]
)
PATHS = [
    "",
    "/",
    "//",
    "/a",
    "/a/b/c/d",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/./a",
    "/pool/image/snap",
    "/container/object",
    "/v1/AUTH_x/c/o",
    "/folder/x?dsName=d&dcPath=p",
    "/" + "a" * 300,
    "/" + "a/" * 3000,
]
QUERIES = ["", "?", "?a", f"?X-Amz-Signature={SECRET}", f"?a=b&sig={SECRET}&c", f"?token={SECRET}#f", "#", "#frag"]


def _parts() -> st.SearchStrategy[str]:
    """A path, made of what somebody might have in mind, of whatever, or of both."""
    free = st.text(max_size=20)
    return st.tuples(st.sampled_from(PATHS), ODD, free, ODD).map("".join)


def uris(paths: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[str]:
    """URIs with every scheme; the secret, where there is one, is the password or a value of the query."""
    path = _parts() if paths is None else st.one_of(_parts(), paths)
    scheme = st.sampled_from(SCHEMES).flatmap(lambda name: st.sampled_from([name, name.upper(), name.title()]))
    host = st.one_of(st.sampled_from(HOSTS), st.text(max_size=10))
    tail = st.sampled_from(QUERIES)
    known = (scheme, st.just("://"), st.sampled_from(CREDENTIALS), host, st.sampled_from(PORTS), path, tail)
    short = (scheme, st.sampled_from([":", ":/", "://", ":///"]), path)
    plain = (st.sampled_from(["file://", "filesystem://", "file://localhost", "FILE://"]), path, tail)
    return st.one_of(
        st.tuples(*known).map(_put_together),
        st.tuples(*plain).map("".join),
        st.tuples(*short).map("".join),
        st.text(),
        st.text(alphabet=":/@?#%[].\\\0\naf1", max_size=40),
    )


def _put_together(parts: tuple[str, ...]) -> str:
    """The URI; only on the web a query may be a signature."""
    *head, query = parts
    web = head[0].lower() in ("http", "https")
    return "".join([*head, query if web else query.replace(SECRET, "x")])


def with_oddities(texts: list[str]) -> st.SearchStrategy[str]:
    """One of these with something odd put into it, at its ends or anywhere between, or nothing."""

    def put(text: str) -> st.SearchStrategy[str]:
        return st.tuples(ODD, st.integers(0, len(text))).map(lambda odd: text[: odd[1]] + odd[0] + text[odd[1] :])

    return st.sampled_from(texts).flatmap(put)


def may_hold_secret(uri: str) -> bool:
    """Whether this URI's scheme has credentials at all: a path has none, an `@` is part of it."""
    return not uri.lower().startswith(("file:", "filesystem:"))
