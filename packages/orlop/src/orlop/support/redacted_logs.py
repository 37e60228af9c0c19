"""Keeping secrets out of the logs of HTTP libraries.

At DEBUG urllib3 logs each request's path with its query, which for a pre-signed URL is the credential; others log
headers and bodies. Their loggers belong to the whole process, so only records of a driver's own requests are touched.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from orlop.support.redact import Redaction

_ours: ContextVar[Redaction | None] = ContextVar("orlop_redaction", default=None)
_URLLIB3 = ("connectionpool", "connection", "poolmanager", "response", "util.retry")
_BOTOCORE = ("auth", "awsrequest", "client", "credentials", "endpoint", "handlers", "hooks", "httpchecksum",
             "httpsession", "parsers", "regions", "response", "retryhandler", "utils")  # fmt: skip
_KEYSTONEAUTH = ("discover", "identity.base", "identity.generic.base", "identity.v3.base", "session")


class _Redact(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        redaction = _ours.get()
        if redaction is not None:
            record.msg, record.args = redaction(record.getMessage()), ()
            if isinstance(record.exc_info, tuple) and record.exc_info[0] is not None:
                record.exc_text = redaction.lines("".join(traceback.format_exception(*record.exc_info))).rstrip()
            record.exc_info = None
        return True


for _package, _names in (("urllib3", _URLLIB3), ("botocore", _BOTOCORE), ("keystoneauth", _KEYSTONEAUTH)):
    for _name in _names:
        # A filter of a logger sees what is logged by its very name only, not by those below it.
        logging.getLogger(f"{_package}.{_name}").addFilter(_Redact())


@contextmanager
def logs_redacted(redaction: Redaction) -> Iterator[None]:
    """A context in which the log records of urllib3, botocore and keystoneauth1 in this thread show no secrets."""
    token = _ours.set(redaction)
    try:
        yield
    finally:
        _ours.reset(token)
