"""Run in moto's environment: `FD` serves moto on this listening socket. This file imports nothing of ours."""

import io
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app  # type: ignore[import-not-found]
from werkzeug.serving import WSGIRequestHandler, make_server  # type: ignore[import-not-found]

Application = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]


class OneAtATime:
    """One request at a time: moto looks whether a condition holds, and acts upon it later.

    But only whole ones, so that a client that has sent half of a request, and hangs, stops nobody else.
    """

    def __init__(self, served: Application) -> None:
        self._served = served
        self._turn = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer one request."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        chunked = environ.get("wsgi.input_terminated", False)
        body = environ["wsgi.input"].read(*([] if chunked else [length]))
        if not chunked and len(body) < length:
            start_response("400 Bad Request", [("Content-Length", "0")])
            return []
        environ["wsgi.input"] = io.BytesIO(body)
        with self._turn:
            answer = self._served(environ, start_response)
            try:
                return [b"".join(answer)]
            finally:
                getattr(answer, "close", lambda: None)()


class Handler(WSGIRequestHandler):  # type: ignore[misc]
    """A connection for each request."""

    protocol_version = "HTTP/1.0"


if __name__ == "__main__":
    application = OneAtATime(DomainDispatcherApplication(create_backend_app))
    on = int(sys.argv[1])
    make_server("127.0.0.1", 0, application, threaded=True, request_handler=Handler, fd=on).serve_forever()
