"""Connections whose answers have whole heads."""

from __future__ import annotations

from urllib3.connection import HTTPConnection, HTTPSConnection

from orlop.heads import WholeHead


class Connection(HTTPConnection):
    """A connection whose answers have whole heads."""

    response_class = WholeHead


class TlsConnection(HTTPSConnection):
    """A TLS connection whose answers have whole heads."""

    response_class = WholeHead
