"""What HTTP libraries log of a driver's requests shows no secret; what they log for others is left alone."""

from __future__ import annotations

import logging

import pytest
from orlop.support.redact import Redaction
from orlop.support.redacted_logs import logs_redacted

REDACTION = Redaction(["s3cret/word"])


@pytest.mark.parametrize("logger", ["urllib3.connectionpool", "botocore.endpoint", "keystoneauth.session"])
def test_records_of_requests_are_redacted(caplog: pytest.LogCaptureFixture, logger: str) -> None:
    caplog.set_level(logging.DEBUG)
    log = logging.getLogger(logger)
    with logs_redacted(REDACTION):
        log.debug('%s://%s:%s "%s %s %s" %s %s', "http", "h", 80, "GET", "/x?Sig=a'PASS&b", "HTTP/1.1", 200, None)
        log.debug("headers: %s", {"X-Auth-Token": "PASS", "Authorization": b"Basic PASSPASS"})
        log.debug("key %s", "s3cret%2fword")
        try:
            raise OSError("https://user:PASS@h/x")
        except OSError:
            log.warning("broken\x1b[2J", exc_info=True)
    assert "PASS" not in caplog.text
    assert "s3cret" not in caplog.text
    assert "\x1b" not in caplog.text
    assert "Traceback" in caplog.text
    assert not any(record.args for record in caplog.records if record.name == logger)


def test_records_of_others_are_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3.connectionpool").debug("GET %s", "/x?mine=1")
    assert "mine=1" in caplog.text
