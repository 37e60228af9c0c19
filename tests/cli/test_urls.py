"""URLs as images: from a configured http store, and from none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        return


@pytest.fixture
def site(disk: Path, tmp_path: Path) -> Iterator[str]:
    """A web server with the disk."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_url_is_read_stored_and_copied_without_any_configuration_for_it(cli: Cli, site: str, disk: Path) -> None:
    assert cli("get", f"{site}/disk.img").out == disk.read_bytes()
    stored = cli("put", f"{site}/disk.img?from=here", "--json").document
    assert (stored["id"], stored["size"]) == ("disk.img", 3145728)
    assert cli("cp", f"{site}/disk.img", "deep:", "--json").document["id"] == "disk.img"
    assert cli("stat", f"{site}/nowhere").code == 3


def test_the_size_of_a_url_can_be_demanded(cli: Cli, site: str) -> None:
    assert cli("put", f"{site}/disk.img", "--size", "4").code == 5


def test_secrets_of_a_store_are_never_shown(cli: Cli, site: str, configuration: Path) -> None:
    text = f'\n[stores.web]\ndriver = "http"\nurl = "{site}"\nusername = "me"\npassword = "hunter2"\n'
    configuration.write_text(configuration.read_text() + text)
    for arguments in (
        ["settings"], ["settings", "--json"], ["stores"], ["check", "-v"], ["-v", "stat", "x"], ["-v", "put", "-", "-s", "web"],
        ["-v", "stat", f"{site}/hunter2?sig=hunter2", "-s", "web"],
    ):  # fmt: skip
        outcome = cli(*arguments)
        assert b"hunter2" not in outcome.out.replace(b"/hunter2", b"")
        assert "hunter2" not in outcome.err.replace("/hunter2", "")
    assert '"********"' in cli("settings", "web").text
