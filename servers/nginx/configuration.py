"""The files that nginx reads."""

import os
import re
import subprocess
from pathlib import Path

from servers.pki import Authority

_TEMPLATE = Path(__file__).with_name("nginx.conf.in")
_REDIRECTS = (301, 302, 303, 307, 308)


def configuration(folder: Path, ports: dict[str, int], authority: Authority) -> str:
    """Return nginx.conf."""
    values = {
        **{name: str(port) for name, port in ports.items()},
        # As root, nginx would else read its files as a user who may not look into the private
        # folder.
        "user": "user root;" if os.geteuid() == 0 else "",
        "certificate": str(authority.server.chain),
        "key": str(authority.server.key),
        "ca": str(authority.ca),
        "redirects": "\n".join(_redirects(status) for status in _REDIRECTS),
    }
    text = re.sub(r"@(\w+)@", lambda name: values.get(name[1], name[0]), _TEMPLATE.read_text())
    # nginx takes the files of alias from where it was built to live, not from the private folder.
    return text.replace("alias www/;", f"alias {folder}/www/;")


def password_line(user: str, password: str) -> str:
    """Return the line of a user in htpasswd."""
    command = ["openssl", "passwd", "-apr1", "-stdin"]
    done = subprocess.run(command, input=password, capture_output=True, text=True, check=True)
    return f"{user}:{done.stdout.strip()}\n"


def _redirects(status: int) -> str:
    """Return two locations that redirect to /img/: by an absolute URL, and by a path alone."""
    return (
        f"    location ~ ^/r{status}/(.*)$ {{ return {status} /img/$1; }}\n"
        f"    location ~ ^/rel{status}/(.*)$ {{ absolute_redirect off; return {status} /img/$1; }}"
    )
