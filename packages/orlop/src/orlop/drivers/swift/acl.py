"""Access lists of containers: in multi-tenant stores each image has one of its own."""

from __future__ import annotations

from collections.abc import Iterable

from orlop.records import Acl

READ = "X-Container-Read"
WRITE = "X-Container-Write"
EVERYBODY = "*:*"
"""Every user of every project; nobody without a token."""


def acl_headers(acl: Acl, admins: Iterable[str]) -> dict[str, str]:
    """The headers by which a container's image may be read and written as `acl` says, and written by `admins` too."""
    readers = [EVERYBODY] if acl.public else [f"{project}:*" for project in acl.read]
    writers = [f"{project}:*" for project in dict.fromkeys((*acl.write, *admins))]
    return {READ: ",".join(readers), WRITE: ",".join(writers)}
