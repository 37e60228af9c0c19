"""Finding images by id, stat, and the check of a store."""

from datetime import UTC, datetime

import pytest
from orlop.capabilities import Capability
from orlop.errors import NotFound, Unsupported
from orlop.records import Severity
from orlop.store import Store
from orlop.stores import open_store

from servers.fault_origin import FaultOrigin, Faults, body
from servers.pki import Authority
from servers.ports import free_port
from tests.drivers.http.conftest import MakeStore
from tests.drivers.http.nginx import SIZE, Nginx

pytestmark = pytest.mark.server


def test_stat(store: Store, origin: FaultOrigin, nginx: Nginx) -> None:
    stat = store.stat(origin.url(12345, Faults(modified="Mon, 02 Jan 2023 03:04:05 GMT")) + "#part")
    assert (stat.size, stat.modified) == (12345, datetime(2023, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert "#" not in stat.location
    assert store.stat(f"{nginx.base}/disk").size == SIZE
    assert store.stat(f"{nginx.base}/empty").size == 0
    assert store.stat(origin.url(5, Faults(modified="yesterday"))).modified is None
    assert [request.method for request in origin.requests()] == ["HEAD", "HEAD"]


@pytest.mark.parametrize("status", [400, 401, 403, 405, 501])
def test_head_refused(store: Store, origin: FaultOrigin, status: int) -> None:
    url = origin.url(12345, Faults(only="HEAD", status=status))
    assert store.stat(url).size == 12345
    assert [(one.method, one.headers.get("range")) for one in origin.requests()] == [
        ("HEAD", None),
        ("GET", "bytes=0-0"),
    ]
    assert store.stat(origin.url(0, Faults(nohead=True))).size == 0
    assert store.stat(origin.url(10, Faults(nohead=True, norange=True))).size == 10
    with pytest.raises(NotFound):
        store.stat(origin.url(10, Faults(nohead=True, status=404)))


def test_locate(make_store: MakeStore, nginx: Nginx) -> None:
    store = make_store(url=f"{nginx.base}/with space/")
    location = store.locate("50% ü+.img")
    assert location == f"{nginx.base}/with%20space/50%25%20%C3%BC%2B.img"
    assert store.stat(location).image_id == "50% ü+.img"
    assert store.open(location).read() == body(0, 1000)
    with pytest.raises(NotFound):
        store.locate("absent")
    with pytest.raises(Unsupported, match="url in its settings"):
        make_store().locate("disk")
    assert store.stat(f"{nginx.base}/disk").image_id is None


def test_read_only(store: Store) -> None:
    assert store.capabilities == Capability.READ_ACCESS | Capability.READ_RANDOM | Capability.DRIVER_REUSABLE
    for act in (lambda: store.put("x", b"x"), lambda: store.delete("http://h/x"), store.list, store.space):
        with pytest.raises(Unsupported):
            act()


def test_by_uri(nginx: Nginx) -> None:
    with open_store(f"http://plain:secret@127.0.0.1:{nginx.port}/locked/") as store:
        assert "secret" not in repr(store.settings)
        assert store.open(store.locate("disk")).read() == body(0, SIZE)


def test_check(make_store: MakeStore, nginx: Nginx, authority: Authority, origin: FaultOrigin) -> None:
    def worst(**settings: object) -> tuple[Severity, str]:
        found = make_store(attempts=1, **settings).check()
        return found[-1].severity, found[-1].message

    assert worst() == (Severity.OK, "images are read from any host, by https and http; private addresses too")
    assert "*.example.org" in worst(hosts=["*.example.org"])[1]
    severity, message = worst(url=nginx.tls_base, ca_file=authority.ca)
    assert severity is Severity.OK
    assert "its certificate verified" in message
    assert "set ca_file" in worst(url=nginx.tls_base)[1]
    assert worst(url=f"{nginx.base}/locked")[0] is Severity.ERROR
    assert worst(url=f"{nginx.base}/locked", username="plain", password="secret")[0] is Severity.OK
    assert worst(url=f"http://127.0.0.1:{free_port()}")[0] is Severity.ERROR


def test_a_store_that_is_not_there_says_so_and_lacks_nothing_by_that(make_store: MakeStore) -> None:
    store = make_store(attempts=1, url=f"http://127.0.0.1:{free_port()}")
    assert [finding.severity for finding in store.check()] == [Severity.ERROR]
    assert Capability.READ_ACCESS in store.capabilities, "it may be back at any time"


def test_copy_from_the_web(store: Store, origin: FaultOrigin) -> None:
    with open_store("memory:") as target:
        receipt = store.copy(origin.url(3_000_000, Faults(cut=400_000)), target, "image")
        assert target.open(receipt.location).read() == body(0, 3_000_000)
