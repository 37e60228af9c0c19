"""What may be shown of texts that may hold secrets: the one redaction, for errors, findings, logs and traces.

Three things are done, each for itself: secrets that are known are cut out in every form in which they appear;
locations, requests and headers lose what may be a credential in them; what a terminal would obey, or what would make a
text look like another one, is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from orlop.support.secret_forms import forms_of

HIDDEN = "***"
"""Stands where a secret was."""
_CUT = "..."
"""Stands where something may have been one."""

_PATHS = frozenset({"file", "filesystem"})
"""Schemes whose locations are paths: there is no user in them, and `@`, `?` and `#` are parts of names."""
_AUTHORITY_END = re.compile(r"[/?#]")
_PARAMETER = re.compile(r"[A-Za-z][\w.\[\]-]{0,63}=(?=.*[^=])", re.ASCII)
_SCHEME = r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}://"
_URL = re.compile(_SCHEME + r"[^\s\"<>]+", re.IGNORECASE)
_SPLIT_URL = re.compile(_SCHEME + r"[^\s/?#@:]{0,300}:(?!\d{1,5}(?![^\s/?#\"'<>]))[^\n]{0,2000}@", re.IGNORECASE)
"""A location that a password with white space or quotes in it has torn apart."""
_REQUEST = re.compile(r"(?<![\w?/])(/[^\s?\"<>]{0,2000})\?([^\s\"<>]+)|\?(?=[\w.%-]{1,64}=)([^\s\"<>]+)")
"""A path with a query, as HTTP libraries show requests, or a query alone."""
_HEADER = re.compile(
    r"((?:proxy-)?authorization|(?:set-)?cookie|x-(?:[a-z]+-){0,8}(?:token|key|secret|signature)|x-amz-signature"
    r"|['\"](?:password|secret)['\"]|password(?==))"
    r"(['\"]?\s{0,9}[:=]\s{0,9}b?['\"]?)(?:(?:basic|bearer|digest|aws4-hmac-sha256)\s+)?(?!\.\.\.)[^\s'\",;&]+",
    re.IGNORECASE,
)
_SCHEMES = re.compile(r"\b(basic|bearer)\s+[A-Za-z0-9+/_.~-]{6,}=*", re.IGNORECASE)
_TOKENS = re.compile(r"\bgAAAA[\w-]{32,}=*|\bAUTH_tk[0-9a-f]{32}\b")
"""Tokens of Keystone (Fernet) and of tempauth."""
_HEADER_WORDS = ("authorization", "cookie", "x-", "password", "secret")
_SCHEME_WORDS = ("basic", "bearer")
_TOKEN_WORDS = ("gAAAA", "AUTH_tk")
"""What a text has without which these patterns find nothing: of hundreds of lines of a log, few have any."""


def redacted_url(location: str) -> str:
    """A location as it may be shown: no user information, no values of a query, no fragment.

    A query may be the signature itself (pre-signed URLs of object stores), so its values go; its names stay where they
    are plainly names.
    """
    scheme, mark, rest = location.partition("://")
    if not mark or scheme.lower() in _PATHS:
        return printable(location)
    shown = _without_userinfo(rest)
    shown, fragment, _ = shown.partition("#")
    path, question, query = shown.partition("?")
    return printable(f"{scheme}://{path}{question}{_redacted_query(query)}{fragment}{_CUT if fragment else ''}")


def redacted_text(text: str) -> str:
    """A text with every location, request and header in it as it may be shown."""
    if "://" in text:
        text = _SPLIT_URL.sub(lambda found: found[0].partition("://")[0] + "://", text)
        text = _URL.sub(lambda found: redacted_url(found[0]), text)
    if "?" in text:
        text = _REQUEST.sub(lambda found: f"{found[1] or ''}?{_redacted_query(found[2] or found[3])}", text)
    if not text.isascii() or any(word in text.lower() for word in _HEADER_WORDS):
        text = _HEADER.sub(rf"\1\2{HIDDEN}", text)
    if not text.isascii() or any(word in text.lower() for word in _SCHEME_WORDS):
        text = _SCHEMES.sub(rf"\1 {HIDDEN}", text)
    return _TOKENS.sub(HIDDEN, text) if any(word in text for word in _TOKEN_WORDS) else text


def printable(text: str) -> str:
    """The text on one line, with all that is not visible escaped: control characters, directions of writing."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else " " if char == "\n" else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text.replace("\r\n", "\n")
    )


class Redaction:
    """Makes texts that may hold these secrets fit to be shown."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        self._secrets = tuple(sorted({secret for secret in secrets if secret.strip()}))

    def __call__(self, text: str) -> str:
        """The text without the secrets, in whatever form, and without other credentials; on one line."""
        return printable(self.lines(text))

    def lines(self, text: str) -> str:
        """The same of a text of several lines, whose control characters stay."""
        return redacted_text(self._without_known(text))

    def shows(self, text: str) -> bool:
        """Whether something would be cut out of `text`."""
        return self.lines(text) != text

    def _without_known(self, text: str) -> str:
        forms = forms_of(self._secrets)
        return forms.hide(text, HIDDEN) if forms is not None else text


def _redacted_query(query: str) -> str:
    def parameter(text: str) -> str:
        name = _PARAMETER.match(text)
        return f"{name[0]}{_CUT}" if name else _CUT if text else ""

    return "&".join(parameter(one) for one in query.split("&"))


def _without_userinfo(rest: str) -> str:
    """Cut out what stands before the host.

    Where there is user information everything up to the last `@` goes: old databases hold keys and passwords that were
    never escaped, `/`, `?`, `#` and `@` and all. A location without any may have `@` in its path, and a password may
    begin like a port; that is taken for a port only where the rest does not look like a host and a path.
    """
    authority = _AUTHORITY_END.split(rest, maxsplit=1)[0]
    behind = authority.rpartition("]")[2] if authority.startswith("[") else authority
    name, colon, port = behind.rpartition(":")
    after = rest[rest.rfind("@") + 1 :]
    if "@" not in rest:
        # A "port" that is no number is the beginning of a password, of a location that is cut off or malformed.
        return rest if not colon or port.isdigit() or not port else f"{rest[: len(authority) - len(port)]}{_CUT}"
    if "@" in authority:
        return after
    if not colon:
        return rest
    is_port = port.isascii() and port.isdigit() and int(port) <= 65535 if len(port) < 6 else False
    is_host = authority.startswith("[") or "." in name or name == "localhost"
    return rest if is_port and is_host and not re.search(r"[/:]", after) else after
