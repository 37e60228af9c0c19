"""Each location of nginx, seen by urllib3."""

from collections.abc import Iterator

import pytest
import urllib3

from servers.nginx import PASSWORD, USER, Nginx
from servers.pki import Authority

pytestmark = pytest.mark.server

DATA = bytes(range(256)) * 4000


@pytest.fixture(scope="module")
def nginx(authority: Authority) -> Iterator[Nginx]:
    with Nginx(authority) as started:
        started.put("disk", DATA)
        yield started


@pytest.fixture
def http(authority: Authority) -> Iterator[urllib3.PoolManager]:
    context = authority.client_context(authority.client)
    with urllib3.PoolManager(ssl_context=context, retries=False, timeout=10) as pool:
        yield pool


def test_ranges(nginx: Nginx, http: urllib3.PoolManager) -> None:
    for scheme in ("http", "https"):
        answer = http.request("GET", nginx.url("/img/disk", scheme), headers={"Range": "bytes=5-9"})
        assert (answer.status, answer.data) == (206, DATA[5:10])
        assert answer.headers["ETag"]
        answer = http.request("GET", nginx.url("/norange/disk", scheme), headers={"Range": "bytes=5-9"})
        assert (answer.status, answer.data) == (200, DATA)
    beyond = http.request("GET", nginx.url("/img/disk"), headers={"Range": "bytes=9999999-"})
    assert beyond.status == 416


def test_basic_auth(nginx: Nginx, http: urllib3.PoolManager) -> None:
    url = nginx.url("/auth/disk")
    right = urllib3.make_headers(basic_auth=f"{USER}:{PASSWORD}")
    wrong = urllib3.make_headers(basic_auth=f"{USER}:wrong")
    statuses = [http.request("GET", url, headers=h).status for h in (right, wrong, {})]
    assert statuses == [200, 401, 401]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects(nginx: Nginx, http: urllib3.PoolManager, status: int) -> None:
    for kind, start in (("r", nginx.url("")), ("rel", "")):
        answer = http.request("GET", nginx.url(f"/{kind}{status}/disk"), redirect=False)
        assert (answer.status, answer.headers["Location"]) == (status, f"{start}/img/disk")


def test_bad_redirects(nginx: Nginx, http: urllib3.PoolManager) -> None:
    found = {
        path: http.request("GET", nginx.url(path, "https"), redirect=False).headers.get("Location")
        for path in ("/rloop", "/rendless/1", "/rhttp/", "/rfile", "/rnone", "/r300")
    }
    assert found["/rloop"] == nginx.url("/rloop", "https")
    assert found["/rendless/1"] == nginx.url("/rendless/11", "https")
    assert found["/rhttp/"] == nginx.url("/img/")
    assert found["/rfile"] == "file:///etc/passwd"
    assert not found["/rnone"]
    assert found["/r300"] is None


def test_other_host_echoes_credentials(nginx: Nginx, http: urllib3.PoolManager) -> None:
    target = http.request("GET", nginx.url("/rhost/"), redirect=False).headers["Location"]
    assert target == f"http://localhost:{nginx.echo_port}/"
    url = f"http://127.0.0.1:{nginx.echo_port}/"
    answer = http.request("GET", url, headers={"Authorization": "Basic x", "Cookie": "a=b"})
    assert answer.data == b"Authorization: Basic x\nCookie: a=b\n"


def test_statuses(nginx: Nginx, http: urllib3.PoolManager) -> None:
    wanted = {
        "/forbidden/a": 403,
        "/gone": 410,
        "/e500": 500,
        "/e503": 503,
        "/e429": 429,
        "/img/no": 404,
    }
    for path, status in wanted.items():
        answer = http.request("GET", nginx.url(path))
        assert answer.status == status
        assert answer.headers.get("Retry-After") == ("1" if status in {503, 429} else None)


def test_gzip_slow_head_and_names(nginx: Nginx, http: urllib3.PoolManager) -> None:
    answer = http.request("GET", nginx.url("/gz/disk"), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Content-Length" not in answer.headers
    assert answer.data == DATA
    assert http.request("HEAD", nginx.url("/nohead/disk")).status == 405
    assert http.request("GET", nginx.url("/nohead/disk")).data == DATA
    assert http.request("GET", nginx.url("/slow/disk")).data == DATA
    name = nginx.put("with space/a%b.txt", b"odd")
    assert name == "/with%20space/a%25b.txt"
    assert http.request("GET", nginx.url(f"/img{name}")).data == b"odd"


def test_client_certificate(nginx: Nginx, http: urllib3.PoolManager, authority: Authority) -> None:
    url = f"https://127.0.0.1:{nginx.mtls_port}/img/disk"
    assert http.request("GET", url).data == DATA
    with urllib3.PoolManager(ssl_context=authority.client_context(), retries=False) as stranger:
        assert stranger.request("GET", url).status == 400
