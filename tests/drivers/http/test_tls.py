"""Certificates are verified, by the authority that the settings name and no other."""

import os
from pathlib import Path

import pytest
from orlop.errors import BackendError, InvalidSettings
from orlop.records import Severity
from orlop.store import Store

from servers.fault_origin import FaultOrigin, body
from servers.fault_proxy import FaultProxy
from servers.pki import Authority
from tests.drivers.http.conftest import MakeStore
from tests.drivers.http.nginx import SIZE, Nginx

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that did not sign the servers' certificate."""
    return Authority(tmp_path_factory.mktemp("stranger"))


def whole(store: Store, location: str) -> bytes:
    with store.open(location) as reader:
        return reader.read()


def test_private_authority(trusting: Store, secure: FaultOrigin, nginx: Nginx) -> None:
    assert whole(trusting, secure.url(100_000)) == body(0, 100_000)
    assert whole(trusting, f"{nginx.tls_base}/disk") == body(0, SIZE)


def test_unknown_authority_is_refused_at_once(store: Store, secure: FaultOrigin) -> None:
    with FaultProxy("127.0.0.1", secure.port) as wire:
        with pytest.raises(BackendError, match=r"certificate of 127\.0\.0\.1:\d+ is not trusted.*set ca_file"):
            store.open(f"https://127.0.0.1:{wire.port}/b/10")
        assert wire.connections() == 1, "not tried again"
    assert secure.requests() == []


def test_another_authority(make_store: MakeStore, stranger: Authority, secure: FaultOrigin) -> None:
    store = make_store(ca_file=stranger.ca)
    for ask in (store.open, store.stat):
        with pytest.raises(BackendError, match="see ca_file"):
            ask(secure.url(10))


def test_another_name(trusting: Store, authority: Authority) -> None:
    with FaultOrigin(authority.issue("elsewhere.example")) as misnamed:
        with pytest.raises(BackendError, match="not trusted"):
            trusting.open(misnamed.url(10))
        assert misnamed.requests() == []


def test_insecure(make_store: MakeStore, secure: FaultOrigin) -> None:
    store = make_store(insecure=True)
    assert whole(store, secure.url(100_000)) == body(0, 100_000)
    assert any(one.severity is Severity.WARNING and "not verified" in one.message for one in store.check())


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environment_has_no_say(
    make_store: MakeStore,
    authority: Authority,
    stranger: Authority,
    secure: FaultOrigin,
    variable: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, str(authority.ca))
    with pytest.raises(BackendError, match="not trusted"):
        make_store(ca_file=stranger.ca).open(secure.url(10))
    if variable != "SSL_CERT_FILE":  # that one says where OpenSSL's own list is, which counts without ca_file
        with pytest.raises(BackendError, match="not trusted"):
            make_store().open(secure.url(10))
    monkeypatch.setenv(variable, str(stranger.ca))
    assert whole(make_store(ca_file=authority.ca), secure.url(10)) == body(0, 10)


def test_unusable_ca_file(make_store: MakeStore, secure: FaultOrigin, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificate\n")
    for name in ("absent.pem", "empty.pem"):
        with pytest.raises(InvalidSettings, match=name):
            make_store(ca_file=tmp_path / name).open(secure.url(10))


def test_a_cut_by_tls_is_continued(trusting: Store, secure: FaultOrigin) -> None:
    url = secure.url(2_000_000) + "?cut=300000&after=1&times=1&etag=x"
    assert whole(trusting, url) == body(0, 2_000_000)


def test_both_sides_of_a_fork(trusting: Store, secure: FaultOrigin) -> None:
    url = secure.url(1000)
    assert whole(trusting, url) == body(0, 1000)
    before = secure.connections()
    child = os.fork()
    if child == 0:
        os._exit(0 if whole(trusting, url) == body(0, 1000) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert secure.connections() == before + 1, "the child has a connection of its own"
    assert whole(trusting, url) == body(0, 1000)
    assert secure.connections() == before + 1, "the parent keeps its own"


def test_a_closed_store_opens_again(trusting: Store, nginx: Nginx) -> None:
    with trusting.open(f"{nginx.tls_base}/disk") as reader:
        trusting.close()
        trusting.close()
        assert reader.read() == body(0, SIZE)
    assert whole(trusting, f"{nginx.tls_base}/disk") == body(0, SIZE)
