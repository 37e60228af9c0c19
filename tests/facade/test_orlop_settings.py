"""`orlop_settings`: what can be written there, and that nobody is shown it."""

from __future__ import annotations

import logging
from typing import Any

import glance_store
import pytest
from glance_store import exceptions
from glance_store._bridge.loading import new_store
from glance_store._bridge.orlop_settings import Settings
from orlop.drivers.http.settings import HttpSettings
from orlop.drivers.s3.settings import S3Settings
from orlop.drivers.swift.settings import SwiftSettings

from tests.facade.conftest import Configure

WEB = "[DEFAULT]\nenabled_backends = web:http\n[glance_store]\ndefault_backend = web\n[web]\norlop_settings = "


def settings_of(configured: Configure, text: str, name: str) -> Any:
    conf = configured(text)
    store: Any = new_store(conf, conf.enabled_backends[name], name)
    return store.orlop.settings


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("", {}),
        ("fsync:false,mount_point:/mnt/images", {"fsync": "false", "mount_point": "/mnt/images"}),
        ("a:1,", {"a": "1"}),
        ("url:https://example.org:8080/x,b:it's", {"url": "https://example.org:8080/x", "b": "it's"}),
        ("a:x[1],b:y{2}", {"a": "x[1]", "b": "y{2}"}),
        (
            'hosts:["a.example.org", "*.example.com"],lanes:4',
            {"hosts": ["a.example.org", "*.example.com"], "lanes": "4"},
        ),
        ('a:"one, two \\" three",b:4', {"a": 'one, two " three', "b": "4"}),
        ('a:{x = ["1,2", "]"], y = {z = 3}},b:4', {"a": {"x": ["1,2", "]"], "y": {"z": 3}}, "b": "4"}),
        ('{hosts = ["a", "b"], lanes = 4}', {"hosts": ["a", "b"], "lanes": 4}),
        ('{"hosts": ["a"], "proxies": {"http": "http://p:1"}}', {"hosts": ["a"], "proxies": {"http": "http://p:1"}}),
        ('{"a":\n ["b",\n "c"]}', {"a": ["b", "c"]}),
    ],
)
def test_a_text_is_settings(text: str, settings: dict[str, Any]) -> None:
    assert Settings()(text) == settings


@pytest.mark.parametrize(
    "text",
    [
        "S3kr1t",
        "a:[S3kr1t",
        'a:"S3kr1t',
        "a:[S3kr1t]",
        "{S3kr1t}",
        '{"S3kr1t": [}',
        '["S3kr1t"]',
        "a:1,a:S3kr1t",
        "two words:S3kr1t",
        "a:" + "[" * 5000,
        "{" * 5000,
        "a:" + "S3kr1t" * 20000,
    ],
)
def test_what_is_no_settings_is_refused_and_never_shown(
    text: str, configured: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ValueError, match="orlop_settings") as caught:
        Settings()(text)
    assert "S3kr1t" not in str(caught.value)
    glance_store.create_multi_stores(configured(WEB + text + "\n"))
    assert "orlop_settings" in caplog.text
    assert "S3kr1t" not in caplog.text
    with pytest.raises(exceptions.RemoteServiceUnavailable, match="orlop_settings") as refused:
        glance_store.get("http://127.0.0.1:9/x", "web")
    assert "S3kr1t" not in str(refused.value)


def test_lists_and_tables_reach_the_drivers(configured: Configure) -> None:
    web = settings_of(configured, WEB + 'hosts:["a.example.org", "*.example.com"],lanes:2\n', "web")
    assert isinstance(web, HttpSettings)
    assert (web.hosts, web.lanes) == (("a.example.org", "*.example.com"), 2)
    s3 = settings_of(
        configured,
        "[DEFAULT]\nenabled_backends = o:s3\n[o]\ns3_store_host = http://127.0.0.1:1\ns3_store_bucket = b\n"
        "s3_store_access_key = k\ns3_store_secret_key = s\n"
        'orlop_settings = {"other_buckets": ["old"], "other_endpoints": ["http://10.0.0.5:8080"],\n'
        '    "proxies": {"http": "http://u:p@127.0.0.1:3128"}}\n',
        "o",
    )
    assert isinstance(s3, S3Settings)
    assert (s3.other_buckets, s3.other_endpoints) == (("old",), ("http://10.0.0.5:8080",))
    swift = settings_of(
        configured,
        "[DEFAULT]\nenabled_backends = s:swift\n[s]\nswift_store_auth_address = http://127.0.0.1:1/v3\n"
        "swift_store_user = a:b\nswift_store_key = k\n"
        'orlop_settings = references:{old = {auth_url = "http://127.0.0.2/v3", user = "u", project = "p", key = "k,"}}\n',
        "s",
    )
    assert isinstance(swift, SwiftSettings)
    key = swift.references["old"].key
    assert key is not None
    assert key.get_secret_value() == "k,"


def test_what_glance_logs_of_its_options_has_no_secret(configured: Configure, caplog: pytest.LogCaptureFixture) -> None:
    conf = configured(
        "[DEFAULT]\nenabled_backends = web:http, volumes:cinder, objects:swift, dc:vmware, o:s3\n"
        "[web]\norlop_settings = username:u,password:S3kr1t-1\n"
        "http_proxy_information = http:u:S3kr1t-2@127.0.0.1:3128\n"
        "[volumes]\ncinder_store_application_credential_secret = S3kr1t-3\ncinder_store_password = S3kr1t-4\n"
        "[objects]\nswift_store_key = S3kr1t-5\nswift_store_application_credential_secret = S3kr1t-6\n"
        "[dc]\nvmware_server_password = S3kr1t-7\n"
        "[o]\ns3_store_secret_key = S3kr1t-8\n"
    )
    with caplog.at_level(logging.DEBUG):
        conf.log_opt_values(logging.getLogger("glance"), logging.DEBUG)
    assert "web.orlop_settings" in caplog.text
    assert "S3kr1t" not in caplog.text
