"""OpenStack's Keystone, for services that know their users by it."""

from servers.keystone.account import Account
from servers.keystone.server import Keystone

__all__ = ["Account", "Keystone"]
