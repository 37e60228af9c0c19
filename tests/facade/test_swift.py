"""The swift store's options, its file of references, and whom it acts for; no Swift is asked."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import glance_store
import pytest
from glance_store import exceptions
from glance_store._bridge.swift_accounts import accounts_in
from orlop.drivers.swift.settings import SwiftSettings
from orlop.errors import InvalidSettings

from tests.facade.conftest import Configure

ONE = """
[DEFAULT]
enabled_backends = objects:swift
[glance_store]
default_backend = objects
[objects]
swift_store_auth_address = http://127.0.0.1:1/v3
swift_store_user = service:glance
swift_store_key = s3:c%ret
"""
REFERENCES = """
[ref1]
user = service:glance
key = "s3:c%ret#'"
auth_address = 127.0.0.1:1/v3
user_domain_id = users
project_domain_name = Projects
[old]
application_credential_id = 'an id'
application_credential_secret = 100%%
auth_address = http://127.0.0.2:1/v3
"""


def store(configured: Configure, text: str) -> Any:
    glance_store.create_multi_stores(configured(text))
    return glance_store.get_store_from_store_identifier("objects")


def settings(configured: Configure, more: str = "", text: str = ONE) -> SwiftSettings:
    found = store(configured, text + more).orlop.settings
    assert isinstance(found, SwiftSettings)
    return found


def test_the_options_become_settings(configured: Configure) -> None:
    found = settings(
        configured,
        "swift_store_container = images\nswift_store_large_object_chunk_size = 10\nswift_store_region = Two\n"
        "swift_store_endpoint_type = internalURL\nswift_store_multiple_containers_seed = 3\n"
        "swift_store_create_container_on_put = true\nswift_store_auth_insecure = true\nswift_store_cacert = /x\n"
        "swift_store_expire_soon_interval = 7\nswift_store_endpoint = https://swift.example.org/v1/AUTH_x/\n",
    )
    assert (found.auth_url, found.user, found.project) == ("http://127.0.0.1:1/v3", "glance", "service")
    assert found.key is not None
    assert found.key.get_secret_value() == "s3:c%ret"
    assert (found.container, found.segment_size, found.region) == ("images", 10 * 1000 * 1024, "Two")
    assert (found.interface, found.container_digits, found.create_container) == ("internal", 3, True)
    assert (found.insecure, found.ca_file, found.expire_soon) == (True, None, 7)
    assert found.endpoint == "https://swift.example.org/v1/AUTH_x"


def test_locations_of_a_keystone_that_has_moved_are_read(configured: Configure) -> None:
    assert settings(configured).other_auth_urls == ("*",)
    listed = settings(configured, 'orlop_settings = other_auth_urls:["http://10.0.0.5:5000/v3"]\n')
    assert listed.other_auth_urls == ("http://10.0.0.5:5000/v3",)


def test_a_cloud_has_its_say_where_the_options_are_not_set(configured: Configure) -> None:
    cloud = ONE.partition("swift_store_auth_address")[0] + "orlop_settings = cloud:mine\n"
    found = settings(configured, text=cloud)
    assert (found.cloud, found.interface, found.service_type, found.region) == ("mine", None, None, None)
    more = "swift_store_endpoint_type = adminURL\nswift_store_service_type = images\n"
    found = settings(configured, more, text=cloud)
    assert (found.interface, found.service_type) == ("admin", "images")


@pytest.mark.parametrize(("units", "size"), [(1, 1 << 20), (5, 5 * 1000 * 1024), (200, 16 << 20), (5000, 16 << 20)])
def test_a_segment_is_in_units_of_1000_kib_and_fits_into_memory(units: int, size: int, configured: Configure) -> None:
    assert settings(configured, f"swift_store_large_object_chunk_size = {units}\n").segment_size == size


def test_references_come_from_a_file(configured: Configure, tmp_path: Path) -> None:
    file = tmp_path / "swift.conf"
    file.write_text(REFERENCES)
    text = ONE.partition("swift_store_auth_address")[0] + f"swift_store_config_file = {file}\n"
    objects = store(configured, text)
    found = objects.orlop.settings
    assert (found.reference, found.auth_url, set(found.references)) == ("ref1", "https://127.0.0.1:1/v3", {"old"})
    assert (found.user_domain_id, found.project_domain_name) == ("users", "Projects")
    assert found.key.get_secret_value() == "s3:c%ret#'"
    assert found.references["old"].application_credential_secret.get_secret_value() == "100%"
    assert str(objects.url_prefix) == "swift+config://ref1/glance/"
    assert "s3:c%ret" not in repr(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[ref1]\nuser = a:b\nkey = 's3cret\nauth_address = x\n", r"\[ref1\] key: a quote"),
        ("[ref1]\nuser = nocolon\nkey = s3cret\nauth_address = x\n", "ref1: user is PROJECT:USER"),
        ("[ref1]\nuser = a:b\nauth_address = x\n", "ref1: user and key"),
        ("[ref1]\nuser = a:b\nkey = s3cret\n", "ref1: auth_address"),
        ("[ref1]\napplication_credential_id = x\nauth_address = x\n", "belong together"),
        ("[ref1]\nuser = a:b\nkey = s3cret\nauth_address = x\nauth_version = 9\n", "auth_version is 3, not '9'"),
        ("[ref1]\nuser = a:b\nkey = s3cret\nauth_address = x\nauth_version = 2\n", "was removed in 2025"),
        ("s3cret\n", "no file of sections"),
        ("", "no section"),
    ],
)
def test_a_wrong_file_of_references_says_where(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "swift.conf"
    file.write_text(text)
    with pytest.raises(InvalidSettings, match=said) as caught:
        accounts_in(str(file))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("swift_store_config_file = /nowhere/x.conf\n", "no file /nowhere/x.conf"),
        ("swift_store_config_file = x\nswift_store_multi_tenant = true\n", "only one of them"),
        ("orlop_settings = container_digits:3\nswift_store_multi_tenant = true\n", "leave container_digits out"),
    ],
)
def test_what_contradicts_itself_breaks_the_store(
    more: str, said: str, configured: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    broken = store(configured, ONE + more)
    assert said in caplog.text
    with pytest.raises(exceptions.StoreAddDisabled):
        broken.add("one", b"", 0, "sha256")
    assert "s3:c%ret" not in caplog.text


def test_a_multi_tenant_store_takes_no_notice_of_the_seed(
    configured: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    more = "swift_store_multi_tenant = true\nswift_store_multiple_containers_seed = 3\n"
    found = settings(configured, more)
    assert (found.multi_tenant, found.container_digits) == (True, 0)
    assert "swift_store_multiple_containers_seed is not used" in caplog.text


def test_without_an_account_there_is_no_store(configured: Configure, caplog: pytest.LogCaptureFixture) -> None:
    store(configured, ONE.partition("swift_store_auth_address")[0])
    assert "swift_store_config_file is needed, or swift_store_auth_address" in caplog.text


def test_a_store_of_tenants_acts_for_whom_the_request_is_of(
    configured: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = store(configured, ONE + "swift_store_multi_tenant = true\nswift_store_admin_tenants = one, two\n")
    assert objects.orlop.settings.admin_projects == ("one", "two")
    seen: list[Any] = []

    def acting_as(identity: Any) -> Any:
        seen.append(identity)
        return SimpleNamespace(close=lambda: seen.append("closed"))

    monkeypatch.setattr(objects.orlop, "acting_as", acting_as)
    user = SimpleNamespace(auth_token="t0ken", project_id="p", user_id="u", roles=["member"])
    with objects.acting(user) as acting:
        assert acting is not objects.orlop
    assert (seen[0].project_id, seen[0].user_id, seen[0].roles, seen[1]) == ("p", "u", ("member",), "closed")
    assert "t0ken" not in repr(seen)
    with objects.acting(None) as acting:
        assert acting is objects.orlop
