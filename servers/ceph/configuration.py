"""ceph.conf, which daemons and clients share."""

import re
from collections.abc import Mapping
from pathlib import Path

_TEMPLATE = Path(__file__).with_name("ceph.conf.in")


def configuration(values: Mapping[str, object]) -> str:
    """Return ceph.conf."""
    return re.sub(r"@(\w+)@", lambda name: str(values[name[1]]), _TEMPLATE.read_text())
