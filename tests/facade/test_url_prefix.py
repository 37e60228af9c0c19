"""`url_prefix`: Glance finds the store of an image without one by it, in every form that its location may have."""

from __future__ import annotations

import logging
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import glance_store
import pytest
from glance_store import location
from glance_store._bridge.quiet_glance import hide_passwords

from tests.facade.conftest import Configure

SECRET = "S3kr1t"
SWIFT = """
swift_store_auth_address = http://127.0.0.1:1/v3
swift_store_user = service:glance
swift_store_key = S3kr1t
"""


def store_of(uri: str) -> str | None:
    """As Glance 33 does it (glance.common.store_utils._get_store_id_from_uri)."""
    for name, entry in location.SCHEME_TO_CLS_BACKEND_MAP[uri.partition(":")[0]].items():
        prefix = entry["store"].url_prefix
        if prefix and uri.startswith(prefix):
            return name
    return None


def stores(configured: Configure, **kinds: str) -> None:
    """Stores by name, each with its driver's name and its options."""
    names = ", ".join(f"{name}:{text.partition(chr(10))[0].strip()}" for name, text in kinds.items())
    groups = "".join(f"[{name}]\n{text.partition(chr(10))[2]}\n" for name, text in kinds.items())
    glance_store.create_multi_stores(configured(f"[DEFAULT]\nenabled_backends = {names}\n{groups}"))


@pytest.mark.parametrize(
    "uri",
    [
        "swift+config://ref1/glance/x",
        "swift+http://127.0.0.1:1/v3/glance/x",
        "swift+http://127.0.0.1:1/glance/x",
        "swift+https://127.0.0.1:1/v3/glance/x",
        "swift://127.0.0.1:1/v2.0/glance/x",
        "swift+http://service%3Aglance:S3kr1t@127.0.0.1:1/v3/glance/x",
        "swift+http://service%3Aglance:another-password@127.0.0.1:1/v2.0/glance/x",
        "swift+https://service%3Aglance:S3kr1t@keystone.example.org/v3/glance/x",
        "swift://service:glance:old/unescaped?password#@127.0.0.1:1/v3/glance/x",
        "swift+http://service%3Aglance:S3kr1t@127.0.0.1:1/v3/before/x",
    ],
)
def test_every_form_of_a_location_in_swift_leads_to_its_store(configured: Configure, uri: str) -> None:
    other = (
        SWIFT.replace("service:glance", "other:glance").replace("127.0.0.1", "127.0.0.2")
        + "default_swift_reference = ref9\n"
    )
    stores(configured, a="file\nfilesystem_store_datadir = {here}/a\n", s=f"swift{SWIFT}", t=f"swift{other}")
    assert store_of(uri) == "s"


def test_new_locations_of_swift_begin_with_what_the_prefix_is_shown_as(configured: Configure) -> None:
    stores(configured, s=f"swift{SWIFT}")
    prefix: Any = glance_store.get_store_from_store_identifier("s").url_prefix
    assert str(prefix) == "swift+config://ref1/glance/"
    assert SECRET not in f"{prefix} {prefix!r} {''.join(prefix)}"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("swift+http://service%3Aglance:S3kr1t@127.0.0.1:1/v3/glance/x", "a"),
        ("swift+http://service%3Aglance:S3kr1t@127.0.0.2:1/v3/glance/x", "b"),
        ("swift+http://service%3Aglance:another@127.0.0.2:1/v3/glance/x", None),
        ("swift+http://127.0.0.2:1/v3/glance/x", "b"),
        ("swift+config://ref1/glance/x", None),
    ],
)
def test_stores_that_are_alike_take_no_image_of_each_other(configured: Configure, uri: str, name: str | None) -> None:
    """Glance keeps for good which store it has found; so what might be of either is of none."""
    stores(configured, a=f"swift{SWIFT}", b=f"swift{SWIFT.replace('127.0.0.1', '127.0.0.2')}")
    assert store_of(uri) == name
    for store in "ab":
        assert SECRET not in repr(glance_store.get_store_from_store_identifier(store).url_prefix)


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("swift+http://service%3Aglance:S3kr1t@127.0.0.1:1/v3/one/x", "a"),
        ("swift+http://service%3Aglance:S3kr1t@127.0.0.1:1/v3/two/x", "b"),
        ("swift+http://service%3Aglance:another@127.0.0.1:1/v3/one/x", "b"),
        ("swift+config://ref1/one/x", "a"),
        ("swift+config://ref1/two/x", "b"),
        ("swift+config://ref1/one-more/x", None),
    ],
)
def test_stores_of_one_account_have_their_own_containers(configured: Configure, uri: str, name: str | None) -> None:
    """A password that has changed leaves open which store it was; either can read the image."""
    stores(
        configured,
        a=f"swift{SWIFT}swift_store_container = one\n",
        b=f"swift{SWIFT}swift_store_container = two\n",
    )
    assert store_of(uri) == name


def test_containers_with_a_seed_and_those_from_before_it(configured: Configure) -> None:
    stores(configured, s=f"swift{SWIFT}swift_store_multiple_containers_seed = 3\n")
    for container in ("glance_fda", "glance_3a1", "glance"):
        for form in ("swift+config://ref1", "swift+http://127.0.0.1:1/v3", "swift+http://service%3Aglance:x@h/v3"):
            assert store_of(f"{form}/{container}/x") == "s"


def test_references_of_a_file_and_locations_from_before_it(configured: Configure, tmp_path: Path) -> None:
    (tmp_path / "swift.conf").write_text(
        "[ref1]\nuser = service:glance\nkey = S3kr1t\nauth_address = http://127.0.0.1:1/v3\n"
        "[ref2]\nuser = service:other\nkey = S3kr1t\nauth_address = http://127.0.0.1:1/v3\n"
    )
    file = f"swift\nswift_store_config_file = {tmp_path}/swift.conf\n"
    stores(configured, one=file, two=f"{file}default_swift_reference = ref2\n")
    for uri, name in (
        ("swift+config://ref1/glance/x", "one"),
        ("swift+config://ref2/glance/x", "two"),
        ("swift+http://service%3Aglance:before@127.0.0.1:1/v3/glance/x", "one"),
        ("swift+http://service%3Aother:before@127.0.0.1:1/v3/glance/x", "two"),
    ):
        assert store_of(uri) == name
    stores(configured, one=file)
    assert store_of("swift+config://ref2/glance/x") == "one"


def test_a_store_of_tenants_knows_its_storage(configured: Configure) -> None:
    text = f"swift{SWIFT}swift_store_multi_tenant = true\n"
    stores(configured, s=f"{text}swift_store_endpoint = https://swift.example.org/v1/AUTH_x\n")
    assert store_of("swift+https://swift.example.org/v1/AUTH_y/glance_x/x") == "s"
    assert store_of("swift+https://swift.example.com/v1/AUTH_y/glance_x/x") is None
    stores(configured, s=text)
    store: Any = glance_store.get_store_from_store_identifier("s")
    assert store.url_prefix is None
    store.written("swift+http://127.0.0.1:8080/v1/AUTH_x/glance_x/x")
    assert store_of("swift+http://127.0.0.1:8080/v1/AUTH_y/glance_y/y") == "s"


@pytest.mark.parametrize(
    "name", ["plain", "with space", "caf\u00e9", "100%", "100%25", "a#b", "what?", "a&b;c", "x%41"]
)
def test_directories_with_any_name(configured: Configure, tmp_path: Path, name: str) -> None:
    stores(
        configured,
        first=f"file\nfilesystem_store_datadirs = {tmp_path}/{name}:1\nfilesystem_store_datadirs = {tmp_path}/{name}2:2\n",
        second=f"file\nfilesystem_store_datadir = {tmp_path}/{name}3\n",
    )
    for store in ("first", "second"):
        uri = glance_store.add(glance_store.backend.CONF, f"id-{store}", BytesIO(b"data"), 4, store)[0]
        assert store_of(uri) == store
        assert b"".join(glance_store.get(uri, store)[0]) == b"data"
    for scheme in ("file", "filesystem"):
        for folder in (f"{tmp_path}/{name}", quote(f"{tmp_path}/{name}")):
            assert store_of(f"{scheme}://{folder}/old") == "first"


@pytest.mark.parametrize(
    ("name", "written"), [("my images", "my images"), ("caf\u00e9", "caf\u00e9"), ("x%41", "x%2541")]
)
def test_locations_of_files_are_written_as_ever_where_that_means_the_same_file(
    configured: Configure, tmp_path: Path, name: str, written: str
) -> None:
    """glance_store 5.7 takes a path as it stands; orlop takes escapes for what they mean."""
    stores(configured, s=f"file\nfilesystem_store_datadir = {tmp_path}/{name}\n")
    uri = glance_store.add(glance_store.backend.CONF, "x", BytesIO(b"data"), 4, "s")[0]
    assert uri == f"file://{tmp_path}/{written}/x"
    glance_store.delete(uri, "s")


S3 = "s3\ns3_store_host = HOST\ns3_store_access_key = AKID\ns3_store_secret_key = S3kr1t\ns3_store_bucket = BUCKET\n"


@pytest.mark.parametrize("server", ["http://127.0.0.1:1", "https://127.0.0.1:1", "127.0.0.1:1"])
def test_every_form_of_a_location_in_s3_leads_to_its_store(configured: Configure, server: str) -> None:
    text = S3.replace("HOST", server)
    stores(configured, a=text.replace("BUCKET", "images"), b=text.replace("BUCKET", "images2"))
    for scheme in ("s3", "s3+http", "s3+https"):
        assert store_of(f"{scheme}://127.0.0.1:1/images/x") == "a"
        assert store_of(f"{scheme}://127.0.0.1:1/images2/x") == "b"
        assert store_of(f"{scheme}://127.0.0.1:1/images3/x") is None
        assert store_of(f"{scheme}://127.0.0.2:1/images/x") is None
    stores(configured, a=text.replace("BUCKET", "images"))
    assert store_of("s3://AKID:se/cr+et@127.0.0.1:1/images/x") == "a"
    assert SECRET not in repr(glance_store.get_store_from_store_identifier("a").url_prefix)


def test_an_s3_store_by_profile_is_one_of_aws(
    configured: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "aws").write_text("[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws"))
    conf = configured(
        "[DEFAULT]\nenabled_backends = aws:s3\n[aws]\ns3_store_bucket = images\n"
        "orlop_settings = profile:default,region:eu-west-1\n"
    )
    store: Any = glance_store._bridge.loading.new_store(conf, "s3", "aws")
    assert store.orlop.settings.server is None
    assert store.url_prefix[0] == "s3+https://s3.eu-west-1.amazonaws.com/images/"


def test_rbd_without_a_cluster_takes_nothing_that_another_store_might_have(configured: Configure) -> None:
    rbd = "rbd\nrbd_store_ceph_conf = {here}/nothing.conf\n"
    stores(configured, r=rbd)
    assert store_of("rbd://fsid/images/x/snap") == "r"
    stores(configured, r=rbd, q=rbd)
    assert store_of("rbd://fsid/images/x/snap") is None


def test_the_web_is_one_store(configured: Configure) -> None:
    stores(configured, w="http\n")
    assert store_of("https://example.org/x") == store_of("http://user:pw@example.org/x") == "w"


def test_what_glance_logs_of_locations_holds_no_password(caplog: pytest.LogCaptureFixture) -> None:
    hide_passwords()
    hide_passwords()
    log = logging.getLogger("glance.common.store_utils")
    log.warning("Invalid location uri %s", f"swift+http://service%3Aglance:{SECRET}@127.0.0.1:1/v3/glance/x")
    log.warning("Unknown scheme '%(scheme)s' found in uri '%(uri)s'", {"scheme": "s3", "uri": f"s3://a:{SECRET}@h/b/x"})
    log.warning("100%% of %s", "it")
    assert [one.getMessage() for one in caplog.records] == [
        "Invalid location uri swift+http://127.0.0.1:1/v3/glance/x",
        "Unknown scheme 's3' found in uri 's3://h/b/x'",
        "100% of it",
    ]
    assert len([one for one in log.filters if type(one).__name__ == "_Scrubbing"]) == 1
