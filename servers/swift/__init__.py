"""OpenStack's Swift, with one proxy and one disk."""

from servers.swift.server import Swift, TempauthUser

__all__ = ["Swift", "TempauthUser"]
