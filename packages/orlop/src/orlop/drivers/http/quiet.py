"""Keeping signatures out of the logs of urllib3.

At DEBUG urllib3 logs each request's path with its query, which for a pre-signed URL is the credential. Its loggers
belong to the whole process, so only records of this driver's requests are touched.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_QUERY = re.compile(r"\?[^\s'\"]*")
_ours: ContextVar[bool] = ContextVar("orlop_http_request", default=False)


class _HideQueries(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if _ours.get():
            record.msg, record.args = _QUERY.sub("?...", record.getMessage()), ()
            record.exc_info = None  # a traceback would repeat what was cut
        return True


for _name in ("connectionpool", "connection", "poolmanager", "response", "util.retry"):
    logging.getLogger(f"urllib3.{_name}").addFilter(_HideQueries())


@contextmanager
def queries_hidden() -> Iterator[None]:
    """A context in which urllib3's log records of this thread show no query."""
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)
