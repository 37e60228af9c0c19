"""An index of packages on loopback that has an `orlop` of somebody else's, and writes down what it is asked for."""

from __future__ import annotations

import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

HOSTILE = "orlop-99.0-py3-none-any.whl"


class PackageIndex:
    """Serves a hostile wheel as `orlop`; whoever asks for anything else is sent on to the index that is used here."""

    def __init__(self, folder: Path, upstream: str) -> None:
        wheel = _wheel(folder / HOSTILE).read_bytes()
        self.asked: list[str] = []
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, _, name = self.path.strip("/").partition("/")
                index.asked.append(name if kind == "simple" else self.path)
                if name == "orlop":
                    page = f'<!DOCTYPE html><html><body><a href="/files/{HOSTILE}">{HOSTILE}</a></body></html>'
                    self._answer(page.encode(), "text/html")
                elif kind == "files":
                    self._answer(wheel, "application/octet-stream")
                else:
                    self.send_response(302)
                    self.send_header("Location", f"{upstream.rstrip('/')}/{name}/")
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def _answer(self, body: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is given
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/simple"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _wheel(path: Path) -> Path:
    about = "orlop-99.0.dist-info"
    files = {
        "orlop/__init__.py": "raise SystemExit('this orlop is hostile')\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: orlop\nVersion: 99.0\nProvides-Extra: gate\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path
