"""botocore's client for S3: made once for each store, for all threads. Every request of the driver goes through it.

botocore neither repeats a request nor adds checksums here: the engine's patience rules, and old servers refuse what
newer SDKs add by themselves.
"""

from __future__ import annotations

import threading
from typing import Any

from botocore.config import Config
from botocore.session import Session

from orlop.drivers.s3.distance import Distance
from orlop.drivers.s3.endpoint import Endpoint, endpoint_of
from orlop.drivers.s3.heads import require_whole_heads
from orlop.drivers.s3.quiet import requests_hidden
from orlop.drivers.s3.settings import S3Settings
from orlop.errors import Unavailable
from orlop.support.redact import Redaction

_POOL = 64
"""Idle connections that are kept."""


class Client:
    """The S3 service of one store."""

    def __init__(self, settings: S3Settings) -> None:
        self.distance = Distance()
        self._settings = settings
        self._redaction = Redaction(settings.secrets())
        self._making = threading.Lock()
        self._made: Any = None

    def __call__(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Do one request: `operation` is botocore's name of it, such as `head_object`. Raises botocore's errors."""
        with requests_hidden(self._redaction):
            answer: dict[str, Any] = getattr(self._service(), operation)(**parameters)
            return answer

    def pages(self, operation: str, **parameters: Any) -> Any:
        """The answers to a listing, one after the other."""
        with requests_hidden(self._redaction):
            pages = iter(self._service().get_paginator(operation).paginate(**parameters))
        while True:
            with requests_hidden(self._redaction):
                page = next(pages, None)
            if page is None:
                return
            yield page

    @property
    def endpoint(self) -> Endpoint:
        """Where requests go."""
        return self._settings.server or endpoint_of(self._service().meta.endpoint_url)

    @property
    def region(self) -> str:
        """The region that requests are signed for."""
        return str(self._service().meta.region_name)

    def close(self) -> None:
        """Close the idle connections; a later request opens new ones."""
        with self._making:
            made, self._made = self._made, None
        if made is not None:
            made.close()

    def _service(self) -> Any:
        with self._making:
            if self._made is None:
                with requests_hidden(self._redaction):
                    self._made = _connect(self._settings)
            return self._made


def _connect(settings: S3Settings) -> Any:
    def text(value: Any) -> str | None:
        return None if value is None else value.get_secret_value()

    session = Session(profile=settings.profile)
    path = settings.addressing == "path" or (settings.addressing == "auto" and settings.endpoint is not None)
    config = Config(
        signature_version="s3v4",
        s3={
            "addressing_style": "path" if path else settings.addressing,
            # A digest of the body in the signature costs both sides SHA-256; `checksum` is what guards the bytes.
            "payload_signing_enabled": False,
        },
        retries={"total_max_attempts": 1},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
        proxies={scheme: proxy.get_secret_value() for scheme, proxy in settings.proxies.items()},
        max_pool_connections=_POOL,
        ignore_configured_endpoint_urls=True,
        user_agent_extra="orlop",
    )
    service = session.create_client(
        "s3",
        endpoint_url=settings.endpoint,
        region_name=settings.region or ("us-east-1" if settings.endpoint is not None else None),
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=text(settings.secret_key),
        aws_session_token=text(settings.session_token),
        verify=False if settings.insecure else None if settings.ca_file is None else str(settings.ca_file),
        config=config,
    )
    require_whole_heads(service)
    return service


def whole(answer: dict[str, Any], *needed: str) -> dict[str, Any]:
    """The answer, which must have these fields.

    Raises:
        Unavailable: it lacks one: what should have said it was lost on the way.
    """
    if missing := [name for name in needed if answer.get(name) is None]:
        raise Unavailable(f"the server's answer is not whole: it lacks {', '.join(missing)}")
    return answer
