"""Keeping keys out of the logs of botocore.

At DEBUG botocore logs each request with all its headers, a session token and a customer's key among them. Its loggers
belong to the whole process, so only records of this driver's requests are dropped.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from orlop.support.redact import Redaction
from orlop.support.redacted_logs import logs_redacted

_ours: ContextVar[bool] = ContextVar("orlop_s3_request", default=False)
_LOGGERS = ("auth", "awsrequest", "client", "endpoint", "handlers", "hooks", "httpchecksum", "httpsession", "parsers")


class _DropDetails(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.DEBUG or not _ours.get()


for _name in _LOGGERS:
    logging.getLogger(f"botocore.{_name}").addFilter(_DropDetails())


@contextmanager
def requests_hidden(redaction: Redaction) -> Iterator[None]:
    """A context in which botocore's debug records of this thread, which show whole requests, are dropped.

    Other records show no secrets.
    """
    token = _ours.set(True)
    try:
        with logs_redacted(redaction):
            yield
    finally:
        _ours.reset(token)
