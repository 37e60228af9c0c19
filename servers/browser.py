"""A real browser without a window: Debian's Chromium, led by playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import ConsoleMessage, Error, Page, sync_playwright

from servers.debian import need
from servers.missing import Missing
from servers.server import Server

PACKAGES = ("chromium", "fonts-dejavu-core")
Scheme = Literal["light", "dark"]


@dataclass
class Look:
    """A page that is looked at, what the browser complained of, and what it asked the network for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    @property
    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    @property
    def text(self) -> str:
        """The text that can be seen."""
        return self.page.inner_text("body")


class Browser(Server):
    """Chromium in a profile of its own, which ends with it."""

    def _start(self) -> None:
        need(*PACKAGES)
        binary = shutil.which("chromium")
        if binary is None:
            raise Missing("Debian's chromium is installed, and there is no program of that name")
        playwright = sync_playwright().start()
        self._undo.callback(playwright.stop)
        try:
            # Chromium refuses to run as root in its sandbox.
            self._browser = playwright.chromium.launch(executable_path=binary, chromium_sandbox=os.geteuid() != 0)
        except Error as error:
            raise Missing(f"chromium does not start: {error.message.splitlines()[0]}") from error
        self._undo.callback(self._browser.close)

    @contextmanager
    def look(self, file: Path, *, width: int, scheme: Scheme = "light") -> Iterator[Look]:
        """The page in this file, in a window of this width."""
        with self._browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme) as context:
            look = Look(context.new_page())

            def said(message: ConsoleMessage) -> None:
                look.complaints.append(f"{message.type}: {message.text}")

            look.page.on("console", said)
            look.page.on("pageerror", lambda error: look.complaints.append(str(error)))
            look.page.on("request", lambda request: look.fetched.append(request.url))
            look.page.goto(file.resolve().as_uri())
            yield look
