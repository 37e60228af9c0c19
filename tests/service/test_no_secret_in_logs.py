"""After all the others: no password stands in any log."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from servers.keystone import Account
from servers.nginx import PASSWORD, USER, Nginx
from servers.openstack import CommandError, OpenStack
from tests.service.conftest import Cloud

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]


def test_no_password_in_any_log(cloud: Cloud, nginx: Nginx, tmp_path: Path) -> None:
    (tmp_path / "stranger").mkdir()
    wrong = "0123456789wrong0123456789"
    stranger = OpenStack(Account(cloud.keystone.url, "demo", "demo", wrong), tmp_path / "stranger")
    with pytest.raises(CommandError, match="401"):
        stranger("image", "list")
    assert cloud.openstack("image", "list", "-f", "value") == ""
    logs = [
        *cloud.keystone.logs,
        *cloud.glance.logs,
        *cloud.openstack.logs,
        *stranger.logs,
        nginx.process.log,
        nginx.folder / "access.log",
    ]
    passwords = [*cloud.keystone.passwords, wrong, PASSWORD, quote(PASSWORD), quote_plus(PASSWORD)]
    passwords.append(base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode())
    found = {}
    for log in logs:
        text = log.read_text(errors="replace")
        assert text, f"{log} is empty: it shows nothing"
        lines = [line for line in text.splitlines() if any(password in line for password in passwords)]
        if lines:
            found[log.name] = lines
    assert found == {}
