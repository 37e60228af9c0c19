"""botocore's client for S3: made once for each store, for all threads. Every request of the driver goes through it.

botocore neither repeats a request nor adds checksums here: the engine's patience rules, and old servers refuse what
newer SDKs add by themselves.
"""

from __future__ import annotations

import threading
from typing import Any

from botocore.config import Config

from orlop.drivers.s3.answers import Answer, understood
from orlop.drivers.s3.distance import Distance
from orlop.drivers.s3.endpoint import Endpoint, endpoint_of
from orlop.drivers.s3.heads import require_whole_heads
from orlop.drivers.s3.quiet import requests_hidden
from orlop.drivers.s3.session import session_for, without_plugins
from orlop.drivers.s3.settings import S3Settings
from orlop.support.http_answers import DOCUMENT_BYTES, ERROR_BYTES, answers_within
from orlop.support.redact import Redaction

_POOL = 64
"""Idle connections that are kept."""
_LONGEST: dict[str, int | None] = {
    "get_object": None,
    **dict.fromkeys(("list_objects_v2", "list_multipart_uploads", "list_parts"), DOCUMENT_BYTES),
}
"""Most bytes of an answer that is no error; of all other answers there are few."""


class Client:
    """The S3 service of one store."""

    def __init__(self, settings: S3Settings) -> None:
        self.distance = Distance()
        self._settings = settings
        self._redaction = Redaction(settings.secrets())
        self._making = threading.Lock()
        self._made: Any = None

    def __call__(self, operation: str, **parameters: Any) -> Answer:
        """Do one request: `operation` is botocore's name of it, such as `head_object`. Raises botocore's errors.

        Raises:
            BackendError: the answer makes no sense.
        """
        with requests_hidden(self._redaction), answers_within(_LONGEST.get(operation, ERROR_BYTES)), understood():
            answer: Answer = getattr(self._service(), operation)(**parameters)
            return answer

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
    session, region = session_for(settings)
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
    with without_plugins():
        service = session.create_client(
            "s3",
            endpoint_url=settings.endpoint,
            region_name=region,
            # Not None: then variables would say whom to trust.
            verify=not settings.insecure if settings.ca_file is None else str(settings.ca_file),
            config=config,
        )
    require_whole_heads(service)
    return service
