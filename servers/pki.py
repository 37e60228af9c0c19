"""A private certificate authority, with a certificate for this machine."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificate:
    """A certificate with its chain, and its key, as PEM files."""

    chain: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """Return what a server in this process needs to speak TLS with this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context


class Authority:
    """A certificate authority which only this test run trusts.

    ca:     its own certificate, the file for a client's "CA file" setting.
    server: for localhost, 127.0.0.1 and ::1.
    client: for servers that want a client certificate.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._authority = trustme.CA()
        self.ca = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(self.ca)
        self.server = self.issue("localhost", "127.0.0.1", "::1")
        self.client = self.issue("client@localhost")

    def issue(self, *names: str) -> Certificate:
        """Return a certificate for these host names, addresses or mail addresses."""
        leaf = self._authority.issue_cert(*names)
        stem = names[0].replace("*", "_")
        certificate = Certificate(self._folder / f"{stem}.pem", self._folder / f"{stem}.key")
        certificate.chain.unlink(missing_ok=True)
        for pem in leaf.cert_chain_pems:
            pem.write_to_path(certificate.chain, append=True)
        certificate.key.touch(mode=0o600)
        leaf.private_key_pem.write_to_path(certificate.key)
        return certificate

    def client_context(self, certificate: Certificate | None = None) -> ssl.SSLContext:
        """Return what a client needs to trust this authority and no other."""
        # With a CA file given, OpenSSL's own list, and SSL_CERT_FILE, are left aside.
        context = ssl.create_default_context(cafile=self.ca)
        if certificate is not None:
            context.load_cert_chain(certificate.chain, certificate.key)
        return context
