"""Everything that the servers take from Debian and from PyPI, installed before the first test wants it.

`python -m servers.install` does that. What cannot be had is said here once, and not by every test that lacks it. With
ORLOP_SKIPS_FAIL=1 it is a failure: the tests would fail one by one.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from servers import browser, openstack
from servers.ceph import cluster as ceph
from servers.ceph_modules import link_modules
from servers.debian import need
from servers.filesystems import loop
from servers.fuse_faults import faults as fuse
from servers.glance import Library
from servers.glance import server as glance
from servers.juicefs import server as juicefs
from servers.keystone import server as keystone
from servers.missing import Missing
from servers.moto import server as moto
from servers.nginx import server as nginx
from servers.radosgw import server as radosgw
from servers.swift import server as swift
from servers.venvs import environment

PACKAGES: Mapping[str, Sequence[str]] = {
    "nginx": nginx.PACKAGES,
    "file systems": tuple(loop.PACKAGES.values()),
    "FUSE": fuse.PACKAGES,
    "Swift": swift.PACKAGES,
    "Ceph": ceph.PACKAGES,
    "radosgw": radosgw.PACKAGES,
    "the browser": browser.PACKAGES,
}
"""Debian packages, by what needs them."""
REQUIREMENTS: Mapping[str, Sequence[str]] = {
    "keystone": keystone.REQUIREMENTS,
    "swift": swift.REQUIREMENTS,
    "moto": moto.REQUIREMENTS,
    "juicefs": juicefs.REQUIREMENTS,
    "openstackclient": openstack.REQUIREMENTS,
    "glance-service-ours": (*glance.REQUIREMENTS, *Library.OURS.value),
}
"""Requirements from PyPI, by the name of the virtual environment that holds them."""


def install(
    debian: Callable[..., object] = need, pypi: Callable[[str, Sequence[str]], object] = environment
) -> list[str]:
    """Install everything, and return what could not be had: a line for each cause.

    What keeps one thing away (no network, no root) keeps others away: it is told with the first of them.
    """
    from_debian = {name: partial(debian, *packages) for name, packages in PACKAGES.items()}
    from_pypi = {name: partial(pypi, name, wanted) for name, wanted in REQUIREMENTS.items()}
    return [line for part in (from_debian, from_pypi) if (line := _absent(part))]


def _absent(wanted: Mapping[str, Callable[[], object]]) -> str:
    reasons: dict[str, str] = {}
    for name, get in wanted.items():
        try:
            get()
        except Missing as missing:
            reasons[name] = str(missing)
    return f"not to be had here: {', '.join(reasons)}: {next(iter(reasons.values()))}" if reasons else ""


def main() -> int:
    """Install everything, say what could not be had, and return the exit code."""
    lines = install()
    link_modules()  # Ceph's, into the virtual environment of the tests
    for line in lines:
        sys.stderr.write(f"{line}\n")
    return int(bool(lines) and os.environ.get("ORLOP_SKIPS_FAIL") == "1")


if __name__ == "__main__":
    sys.exit(main())
