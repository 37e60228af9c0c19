"""The forms in which a known secret appears in texts: as it is, quoted, escaped, encoded, cut at a line's end.

Each character is looked for in all its spellings at once, so that mixtures are found too: one library quotes `/`, the
next one does not.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from functools import lru_cache

_SHORT = 4
"""A secret of fewer characters is cut out only where it stands for itself: `e` is in every word."""
_LINE = 4
"""The shortest line of a secret of several lines that is looked for by itself."""
_CORE = 6
"""The shortest piece of Base64 by which a secret is known in it."""
_LONGEST = 8192
"""Characters of a secret that are looked for in all their spellings."""


_LETTERS = dict(zip("\n\r\t\f\v\a\b\0", "nrtfvab0", strict=True))
"""The characters that escapes name by a letter."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]")
_AROUND = re.compile(r"[A-Za-z0-9+/_=-]*")
_BEGINNING = 8
"""The shortest beginning of a secret that is looked for at the end of a text, where it may have been cut off."""


class Forms:
    """Finds some secrets in texts."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        parts = sorted({part for secret in secrets for part in _parts(secret)}, key=lambda part: (-len(part), part))
        cores = sorted({core for part in parts for core in _cores(part)}, key=lambda core: (-len(core), core))
        self._spelled = re.compile("|".join(_spelled(part) for part in parts))
        self._encoded = re.compile("|".join(_encoded(core) for core in cores)) if cores else None
        self._parts = parts

    def hide(self, text: str, instead: str) -> str:
        """The text with `instead` in the place of each form of a secret."""
        if self._encoded is not None:
            text = _replaced(self._encoded, text, instead)
        text = self._spelled.sub(lambda _: instead, text)
        for part in self._parts:
            for length in range(len(part) - 1, _BEGINNING - 1, -1):
                if text.endswith(part[:length]):
                    return text[:-length] + instead
        return text


def _replaced(pattern: re.Pattern[str], text: str, instead: str) -> str:
    """Replace what is found together with the letters of Base64 around it: the user's name goes with the password."""
    pieces, done = [], 0
    for found in pattern.finditer(text):
        if found.start() < done:
            continue
        begin = found.start()
        while begin > done and _BASE64.fullmatch(text[begin - 1]):
            begin -= 1
        around = _AROUND.match(text, found.end())
        pieces += [text[done:begin], instead]
        done = around.end() if around is not None else found.end()
    return "".join([*pieces, text[done:]])


@lru_cache(maxsize=64)
def forms_of(secrets: tuple[str, ...]) -> Forms | None:
    """What finds these secrets; None when there are none."""
    return Forms(secrets) if secrets else None


def _parts(secret: str) -> Iterator[str]:
    """The secret, and each line of it: messages show one line of a text, headers are cut at line breaks."""
    yield secret
    if secret.strip() != secret:
        yield secret.strip()
    lines = [line.strip() for line in secret.splitlines()]
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= _LINE)


def _spelled(secret: str) -> str:
    pattern = "".join(_spellings(char) for char in secret[:_LONGEST])
    if len(secret) < _SHORT:
        return rf"(?<!\w){pattern}(?!\w)"
    return pattern


@lru_cache(maxsize=1024)
def _spellings(char: str) -> str:
    r"""A pattern for one character: `é`, `%C3%A9`, `%E9`, `\xe9`, `\u00e9`, `\xc3\xa9`, `&#233;`, `Ã©`."""
    found = [r"\\*" + re.escape(char)]
    code = ord(char)
    encodings = [char.encode("utf-8", "surrogatepass")]
    if 0x80 <= code < 0x100:
        encodings.append(char.encode("latin-1"))
    for raw in encodings:
        found.append("".join(f"%(?:25)*{_hex(f'{byte:02x}')}" for byte in raw))
        found.append("".join(rf"\\+x{_hex(f'{byte:02x}')}" for byte in raw))
        if code >= 0x80:
            found.append(re.escape(raw.decode("latin-1")))
            found.append("".join(rf"\\+[0]?{byte:o}" for byte in raw))
    if code < 0x10000:
        found.append(rf"\\+u{_hex(f'{code:04x}')}")
    else:
        high, low = 0xD800 + ((code - 0x10000) >> 10), 0xDC00 + ((code - 0x10000) & 0x3FF)
        found.append(rf"\\+u{_hex(f'{high:04x}')}\\+u{_hex(f'{low:04x}')}")
        found.append(rf"\\+U{_hex(f'{code:08x}')}")
    if char.isspace():
        found += [r"\s+", r"\+"]
    if char in _LETTERS:
        found.append(rf"\\+{_LETTERS[char]}")
    if not char.isalnum():
        found.append(rf"&#0*{code};")
        found.append(rf"&#[xX]0*{_hex(f'{code:x}')};")
        found.append(re.escape(html.escape(char)))
    return f"(?:{'|'.join(dict.fromkeys(found))})"


def _hex(digits: str) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)


def _cores(secret: str) -> Iterator[str]:
    """What Base64 makes of the secret, wherever it begins in what is encoded: a user's name goes before it."""
    for encoding in ("utf-8", "latin-1"):
        try:
            raw = secret.encode(encoding)
        except UnicodeEncodeError:
            continue
        for before in range(3):
            text = base64.b64encode(bytes(before) + raw).decode("ascii")
            # Only what stands for bits of the secret alone is the same in every context.
            first, last = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
            if len(core := text[first:last]) >= _CORE:
                yield core


def _encoded(core: str) -> str:
    """Both alphabets of Base64, also quoted for a URL."""
    return "".join("(?:[+-]|%2[bB])" if char == "+" else "(?:[/_]|%2[fF])" if char == "/" else char for char in core)
