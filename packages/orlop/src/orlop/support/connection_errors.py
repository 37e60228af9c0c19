"""What urllib3 and requests say when a connection fails, in the words that are of use to an operator.

They quote the objects of their own that failed: the pool, the connection and the address it has in memory.
"""

from __future__ import annotations

import re

_OBJECT = re.compile(
    r"(?:\b\w+(?:Pool|Connection)\(host=(['\"]).*?\1, port=\d+\)|<[\w.]+ object at 0x[0-9a-f]+>)[:,] ?"
)
_TWICE = re.compile(r"(\S+:\d+: )\1")
_RETRIES = re.compile(r"Max retries exceeded with url: \S+ \(Caused by \w+\((.*)\)\)", re.DOTALL)


def without_objects(text: str) -> str:
    """The message without the names of objects, and with the cause in place of what was tried in vain."""
    if not any(sign in text for sign in ("object at 0x", "(host=", "Max retries exceeded")):
        return text
    shown = _RETRIES.sub(lambda found: _OBJECT.sub("", found[1]).strip("\"' "), text)
    return _TWICE.sub(r"\1", _OBJECT.sub("", shown))
