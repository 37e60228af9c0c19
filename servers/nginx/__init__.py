"""Debian's nginx, with the locations that tests of HTTP clients need."""

from servers.nginx.server import PASSWORD, USER, Nginx

__all__ = ["PASSWORD", "USER", "Nginx"]
