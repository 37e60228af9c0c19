"""After all the others: no password stands in any log."""

from __future__ import annotations

import pytest

from tests.service.conftest import Cloud

pytestmark = pytest.mark.server


def test_no_password_in_any_log(cloud: Cloud) -> None:
    pass
