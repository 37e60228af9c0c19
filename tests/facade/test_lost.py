"""A store that could not be used when Glance started: no image is forgotten, and it is used again when that is over.

Glance deletes its record of an image whose deletion answers NotFound or StoreDeleteNotSupported, and nobody finds the
bytes any more. So nothing but a missing image may be the one, and nothing but a read-only kind of store the other.
"""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import glance_store
import pytest
from glance_store import exceptions
from oslo_config import cfg

from servers.filesystems import Tmpfs
from servers.http_faults import Fault, HttpFaults
from servers.keystone import Keystone
from servers.moto import Moto
from servers.swift import Swift
from tests.facade.conftest import Configure

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

ONE = "[DEFAULT]\nenabled_backends = s:{driver}\n[glance_store]\ndefault_backend = s\n[s]\n"
ONCE = "orlop_settings = retry_seconds:0\n"
"""What fails goes on failing here until it is put right."""
REFUSALS: dict[str, tuple[type[Exception], ...]] = {
    "delete": (exceptions.Forbidden, exceptions.TimeoutError),
    "get": (exceptions.RemoteServiceUnavailable,),
    "get_size": (exceptions.BadStoreUri,),
    "add": (
        exceptions.TimeoutError,
        exceptions.StorageWriteDenied,
        exceptions.StoreAddDisabled,
        exceptions.BackendException,  # nothing is lost: a bucket that is missing, as upstream says it
    ),
}
"""What leads Glance to 403 or 503, or, of a location that a user gives, to 400."""


def start(configured: Configure, text: str) -> cfg.ConfigOpts:
    """Glance starts."""
    conf = configured(text)
    glance_store.create_multi_stores(conf)
    store: Any = glance_store.get_store_from_store_identifier("s")
    store.orlop._availability._look_again = 0.0
    return conf


def operations(conf: cfg.ConfigOpts, uri: str) -> dict[str, Callable[[], Any]]:
    return {
        "delete": lambda: glance_store.delete(uri, "s"),
        "get": lambda: b"".join(glance_store.get(uri, "s")[0]),
        "get_size": lambda: glance_store.get_size_from_uri_and_backend(uri, "s"),
        "add": lambda: glance_store.add(conf, "new", BytesIO(b"new"), 3, "s"),
    }


def refused(conf: cfg.ConfigOpts, uri: str, *, but: tuple[str, ...] = ()) -> None:
    """Every operation is refused with its reason, none in a way that loses an image; `but` may work all the same."""
    for name, operation in operations(conf, uri).items():
        if name in but:
            continue
        with pytest.raises(REFUSALS[name]) as caught:
            operation()
        assert type(caught.value) in REFUSALS[name], f"{name}: {caught.value!r}"
        assert len(str(caught.value)) > len("s: delete ")
        assert "image not found" not in str(caught.value).lower()


def works(conf: cfg.ConfigOpts, uri: str) -> None:
    """The same store, without a restart: all of it works, and the image is gone at the end."""
    assert glance_store.get_size_from_uri_and_backend(uri, "s") == 4
    assert b"".join(glance_store.get(uri, "s")[0]) == b"data"
    new = glance_store.add(conf, "another", BytesIO(b"new"), 3, "s")[0]
    for one in (new, uri):
        glance_store.delete(one, "s")
        with pytest.raises(exceptions.NotFound):
            glance_store.delete(one, "s")


def put(configured: Configure, text: str, image_id: str) -> str:
    return str(glance_store.add(start(configured, text), image_id, BytesIO(b"data"), 4, "s")[0])


# Files


def remount(disk: Tmpfs, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", disk.path], check=True)


def test_a_directory_that_was_read_only_at_the_start(configured: Configure) -> None:
    with Tmpfs(1 << 20) as disk:
        text = ONE.format(driver="file") + f"filesystem_store_datadir = {disk.path}/images\n"
        uri = put(configured, text, "one")
        remount(disk, "ro")
        try:
            conf = start(configured, text)
            refused(conf, uri, but=("get", "get_size"))
        finally:
            remount(disk, "rw")
        works(conf, uri)


@pytest.mark.parametrize("how", ["gone", "a file", "a link to nowhere", "no directory above"])
def test_a_directory_that_was_missing_at_the_start(configured: Configure, tmp_path: Path, how: str) -> None:
    folder, away = tmp_path / "above" / "images", tmp_path / "away"
    text = ONE.format(driver="file") + f"filesystem_store_datadir = {folder}\norlop_settings = create:false\n"
    folder.mkdir(parents=True)
    uri = put(configured, text, "one")
    conf = start(configured, text) if how == "gone" else None
    folder.rename(away)
    if how == "a file":
        folder.touch()
    elif how == "a link to nowhere":
        folder.symlink_to(tmp_path / "nowhere")
    elif how == "no directory above":
        folder.parent.rmdir()
        folder.parent.touch()
    conf = conf or start_whatever(configured, text)
    refused(conf, uri)
    if how == "no directory above":
        folder.parent.unlink()
        folder.parent.mkdir()
    elif how != "gone":
        folder.unlink()
    away.rename(folder)
    works(conf, uri)


def start_whatever(configured: Configure, text: str) -> cfg.ConfigOpts:
    """Glance starts with a store that may not even open."""
    conf = configured(text)
    glance_store.create_multi_stores(conf)
    return conf


# Backends by HTTP: what stands before them says something else, at the start and until it is put right.


@dataclass(frozen=True)
class Lost:
    """A store, and the proxies by which its parts are reached."""

    text: str
    proxies: dict[str, HttpFaults]

    def say(self, part: str, fault: Fault | None) -> None:
        self.proxies[part].set(*([fault] if fault else []))


def error(code: str, status: int = 403) -> Fault:
    """What an S3 server answers, to HEAD without its body."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>why {code}</Message></Error>".encode()
    return Fault(times=None, status=status, headers={"Content-Type": "application/xml"}, body=body)


def page(status: int, **more: Any) -> Fault:
    """What a proxy or a web server answers that is in the place of the backend."""
    headers = {"Content-Type": "text/html", **more}
    return Fault(times=None, status=status, headers=headers, body=b"<html>this is another server</html>")


MISSING = ("get", "get_size")
"""What may say that there is no such image where all of them are missing; nothing is lost by that."""
BUT = {"another server": MISSING, "no bucket": (*MISSING, "add")}  # adding would make the bucket
CUT = Fault(times=None, cut_head=0)
S3 = {
    "wrong key": error("SignatureDoesNotMatch"),
    "unknown key": error("InvalidAccessKeyId"),
    "clock skew": error("RequestTimeTooSkewed"),
    "not allowed": error("AccessDenied"),
    "no bucket": error("NoSuchBucket", 404),
    "another server": page(404),
    "login page": page(401),
    "maintenance": page(503),
    "broken": page(500),
    "bad gateway": page(502),
    "cut": CUT,
}
SWIFT = {
    ("keystone", "wrong password"): page(401),
    ("keystone", "not allowed"): page(403),
    ("keystone", "another server"): page(404),
    ("keystone", "maintenance"): page(503),
    ("keystone", "broken"): page(500),
    ("keystone", "cut"): CUT,
    ("swift", "token refused"): page(401),
    ("swift", "not allowed"): page(403),
    ("swift", "another server"): page(404),
    ("swift", "maintenance"): page(503),
    ("swift", "broken"): page(500),
    ("swift", "cut"): CUT,
}


@pytest.fixture(scope="module")
def bucket() -> Iterator[Lost]:
    with Moto() as moto, HttpFaults("127.0.0.1", moto.port) as proxy:
        text = (
            f"s3_store_host = {proxy.base}\ns3_store_access_key = key\ns3_store_secret_key = S3kr1t\n"
            "s3_store_bucket = lost\ns3_store_create_bucket_on_put = true\n" + ONCE
        )
        yield Lost(ONE.format(driver="s3") + text, {"s3": proxy})


@pytest.fixture(scope="module")
def objects() -> Iterator[Lost]:
    with Keystone() as keystone, Swift(keystone) as swift:
        account = swift.operator("olga")
        host, _, port = account.auth_url.split("/")[2].partition(":")
        with HttpFaults(host, int(port)) as login, HttpFaults("127.0.0.1", swift.port) as storage:
            project = account.scope()["project"]["id"]
            text = (
                f"swift_store_auth_address = {login.base}/v3\nswift_store_user = {account.project}:{account.user}\n"
                f"swift_store_key = {account.password}\nswift_store_create_container_on_put = true\n"
                f"swift_store_endpoint = {storage.base}/v1/AUTH_{project}\nswift_store_container = lost\n" + ONCE
            )
            yield Lost(ONE.format(driver="swift") + text, {"keystone": login, "swift": storage})


@pytest.mark.parametrize("what", S3)
def test_a_bucket_that_could_not_be_used_at_the_start(configured: Configure, bucket: Lost, what: str) -> None:
    bucket.say("s3", None)
    uri = put(configured, bucket.text, f"one {what}")
    bucket.say("s3", S3[what])
    conf = start(configured, bucket.text)
    refused(conf, uri, but=BUT.get(what, ()))
    bucket.say("s3", None)
    works(conf, uri)


@pytest.mark.parametrize(("part", "what"), SWIFT)
def test_a_container_that_could_not_be_used_at_the_start(
    configured: Configure, objects: Lost, part: str, what: str
) -> None:
    for one in objects.proxies:
        objects.say(one, None)
    uri = put(configured, objects.text, f"one {part} {what}")
    objects.say(part, SWIFT[part, what])
    conf = start(configured, objects.text)
    refused(conf, uri, but=MISSING if (part, what) == ("swift", "another server") else ())
    objects.say(part, None)
    works(conf, uri)


@pytest.mark.parametrize("driver", ["s3", "swift"])
def test_an_image_in_a_container_that_is_missing_is_not_an_image_that_is_gone(
    configured: Configure, request: pytest.FixtureRequest, driver: str
) -> None:
    lost: Lost = request.getfixturevalue({"s3": "bucket", "swift": "objects"}[driver])
    for part in lost.proxies:
        lost.say(part, None)
    uri = put(configured, lost.text, "one")
    conf = start(
        configured, lost.text.replace("= lost\n", "= never-made\n").replace("_on_put = true", "_on_put = false")
    )
    elsewhere = uri.replace("/lost/", "/never-made/")
    refused(conf, elsewhere, but=MISSING if driver == "s3" else ())
    conf = start(configured, lost.text)
    works(conf, uri)


@pytest.mark.parametrize("form", ["{user}:{key}@", ""])
def test_an_image_at_a_former_address_of_keystone(configured: Configure, objects: Lost, form: str) -> None:
    """Its address has another port here; a name that it had, or http in place of https, is the same to the store."""
    for part in objects.proxies:
        objects.say(part, None)
    options = dict(line.split(" = ") for line in objects.text.splitlines() if " = " in line)
    who = form.format(user=quote(options["swift_store_user"]), key=quote(options["swift_store_key"]))
    uri = put(configured, objects.text, "moved")
    old = f"swift+https://{who}keystone.example.org:35357/v3/lost/moved"
    assert glance_store.get_size_from_uri_and_backend(old, "s") == 4
    assert b"".join(glance_store.get(old, "s")[0]) == b"data"
    glance_store.delete(old, "s")
    with pytest.raises(exceptions.NotFound):
        glance_store.delete(uri, "s")
    # Of one that is not there nobody knows whether it is in the Swift of that Keystone.
    with pytest.raises(exceptions.Forbidden, match="other_auth_urls") as caught:
        glance_store.delete(old, "s")
    assert options["swift_store_key"] not in str(caught.value)


def test_what_was_wrong_is_in_the_log_of_the_start(
    configured: Configure, bucket: Lost, caplog: pytest.LogCaptureFixture
) -> None:
    bucket.say("s3", error("RequestTimeTooSkewed"))
    with caplog.at_level(logging.WARNING):
        start(configured, bucket.text)
    bucket.say("s3", None)
    assert any("The store s cannot be used now" in line for line in caplog.messages)
