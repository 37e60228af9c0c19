"""What the environment decides about a store: nothing, but for the keys of one whose settings ask for those."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from orlop.errors import BackendError, InvalidSettings, PermissionDenied

from servers.http_faults import HttpFaults
from servers.juicefs import JuiceFS
from servers.moto import Moto
from servers.pki import Authority
from servers.s3_account import S3Account
from tests.drivers.asked import asked
from tests.drivers.s3.conftest import SMALL, MakeStore
from tests.drivers.s3.test_store import goes_in

pytestmark = pytest.mark.server

NOWHERE = "http://127.0.0.1:9"
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "other",
    "AWS_SECRET_ACCESS_KEY": "other",
    "AWS_SESSION_TOKEN": "other",
    "AWS_PROFILE": "nosuch",
    "AWS_DEFAULT_PROFILE": "nosuch",
    "AWS_REGION": "eu-west-9",
    "AWS_DEFAULT_REGION": "eu-west-9",
    "AWS_ENDPOINT_URL": NOWHERE,
    "AWS_ENDPOINT_URL_S3": NOWHERE,
    "AWS_CA_BUNDLE": "/nosuch.pem",
    "REQUESTS_CA_BUNDLE": "/nosuch.pem",
    "CURL_CA_BUNDLE": "/nosuch.pem",
    "SSL_CERT_FILE": "/nosuch.pem",
    "SSL_CERT_DIR": "/nosuch",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_RETRY_MODE": "bogus",
    "AWS_MAX_ATTEMPTS": "x",
    "AWS_DEFAULTS_MODE": "bogus",
    "AWS_REQUEST_CHECKSUM_CALCULATION": "bogus",
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "bogus",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "bogus",
    "AWS_STS_REGIONAL_ENDPOINTS": "bogus",
    "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "bogus",
    "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH": "x",
    "AWS_S3_USE_ARN_REGION": "x",
    "AWS_SIGV4A_SIGNING_REGION_SET": "x",
    "AWS_DATA_PATH": "/nosuch",
    "AWS_CSM_ENABLED": "true",
    "AWS_CSM_PORT": "x",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT": NOWHERE,
    "AWS_METADATA_SERVICE_TIMEOUT": "x",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": NOWHERE,
    "AWS_ROLE_ARN": "arn:aws:iam::1:role/other",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/nosuch",
    "BOTO_CONFIG": "/nosuch",
    "BOTOCORE_EXPERIMENTAL__PLUGINS": "other=tests.drivers.s3.no_such_plugin",
    "HTTP_PROXY": NOWHERE,
    "HTTPS_PROXY": NOWHERE,
    "ALL_PROXY": NOWHERE,
    "http_proxy": NOWHERE,
    "https_proxy": NOWHERE,
}
CONFIGURATIONS = {
    "another place": f"[default]\nendpoint_url = {NOWHERE}\nservices = x\n[services x]\ns3 =\n  endpoint_url = {NOWHERE}\n",
    "another way": "[default]\ns3 =\n  addressing_style = virtual\n  use_accelerate_endpoint = true\n"
    "  payload_signing_enabled = true\nregion = eu-west-9\nca_bundle = /nosuch.pem\nmax_attempts = x\n",
    "none at all": "this is no such file\n",
}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without anything of AWS, and with a home of its own."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(scope="module")
def tls(moto: Moto, authority: Authority) -> Iterator[S3Account]:
    """Moto behind TLS, with a certificate that only `authority` vouches for."""
    with HttpFaults("127.0.0.1", moto.port, authority.server.server_context()) as proxy:
        yield S3Account(proxy.base, "anybody", "anything")


def test_no_variable_changes_anything_of_what_a_store_with_its_own_keys_sends(
    make_store: MakeStore, moto: Moto, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []
    for variables in ({}, VARIABLES):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with HttpFaults("127.0.0.1", moto.port, authority.server.server_context()) as proxy:
            account = S3Account(proxy.base, "anybody", "anything")
            store = make_store(account, bucket="variables", region=None, ca_file=authority.ca)
            store.delete(store.put("image", b"data").location)
            while proxy.busy():
                time.sleep(0.01)
            sent.append(
                [
                    (one.method, one.target.partition(".orlop-probe-")[0], sorted(one.headers), _scope(one.headers))
                    for one in asked(proxy)
                ]
            )
    # The first one made the bucket besides.
    assert sent[0][-len(sent[1]) + 1 :] == sent[1][1:]
    assert {scope for *_, scope in sent[0]} == {"anybody/us-east-1/s3/aws4_request"}


def _scope(headers: dict[str, str]) -> str:
    """Whose signature a request has, without its date."""
    said = headers["authorization"].partition("Credential=")[2].partition(",")[0].split("/")
    return "/".join((said[0], *said[2:]))


@pytest.mark.parametrize("text", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_no_file_counts_for_a_store_with_its_own_keys(
    make_store: MakeStore,
    tls: S3Account,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    text: str,
) -> None:
    (tmp_path / ".aws").mkdir()
    for name in ("config", "credentials"):
        (tmp_path / ".aws" / name).write_text(text)
    (tmp_path / "other").write_text(text)
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "other"))
    assert list(make_store(tls, ca_file=authority.ca, bucket="files", region=None).list()) == []


@pytest.mark.parametrize(
    "name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "ca_bundle"]
)
def test_no_authority_of_the_environment_is_trusted(
    make_store: MakeStore,
    tls: S3Account,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
) -> None:
    if name == "ca_bundle":
        (tmp_path / "config").write_text(f"[default]\nca_bundle = {authority.ca}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    else:
        monkeypatch.setenv(name, str(authority.ca))
    with pytest.raises(BackendError, match="certificate verify failed"):
        make_store(tls).locate("image")


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "profile", "home"])
def test_keys_that_no_setting_asks_for_are_not_taken(
    make_store: MakeStore, moto: Moto, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    (tmp_path / ".aws").mkdir()
    keys = "aws_access_key_id = other\naws_secret_access_key = other\n"
    if name == "AWS_ACCESS_KEY_ID":
        monkeypatch.setenv(name, "other")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "other")
    else:
        (tmp_path / ".aws" / "credentials").write_text(f"[{'other' if name == 'profile' else 'default'}]\n{keys}")
        monkeypatch.setenv("AWS_PROFILE", "other" if name == "profile" else "default")
    store = make_store(moto.account, access_key=None, secret_key=None)
    with pytest.raises(InvalidSettings, match="credential_chain = true"):
        store.locate("image")


def test_keys_come_from_the_chain_or_a_profile_where_the_settings_say_so(
    make_store: MakeStore, juicefs: JuiceFS, authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account = juicefs.account
    nobody: dict[str, Any] = {"access_key": None, "secret_key": None, "ca_file": authority.ca, "part": SMALL}
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    with pytest.raises(PermissionDenied, match="Unable to locate credentials"):
        make_store(account, credential_chain=True, **nobody).locate("image")
    (tmp_path / "credentials").write_text(
        f"[images]\naws_access_key_id = {account.access_key}\naws_secret_access_key = {account.secret_key}\n"
        "ca_bundle = /nosuch.pem\n[empty]\n"
    )
    goes_in(make_store(account, profile="images", **nobody))
    with pytest.raises(InvalidSettings, match="other"):
        make_store(account, profile="other", **nobody).locate("image")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.secret_key)
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nosuch.pem")
    goes_in(make_store(account, credential_chain=True, **nobody))
    with pytest.raises(PermissionDenied, match="Unable to locate credentials"):
        make_store(account, profile="empty", **nobody).locate("image")


def test_a_profile_without_keys_does_not_fall_back_to_the_machines_role(
    make_store: MakeStore, moto: Moto, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[profile empty]\nregion = eu-west-1\n")
    with HttpFaults("127.0.0.1", moto.port) as metadata:
        for name in ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
            monkeypatch.setenv(name, metadata.base)
        with pytest.raises(PermissionDenied, match="Unable to locate credentials"):
            make_store(moto.account, profile="empty", access_key=None, secret_key=None).locate("image")
        assert metadata.connections() == 0


def test_without_an_endpoint_a_region_is_needed(make_store: MakeStore, moto: Moto) -> None:
    with pytest.raises(InvalidSettings, match="set region"):
        make_store(moto.account, endpoint=None, region=None).locate("image")
